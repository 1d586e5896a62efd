"""Journal and ledger (账本): every act leaves an entry, every entry a leaf in a public Merkle log."""
