"""Taking recordings in (音像入库): from a card, a docking station or a browser into the store, before any case — R064."""
