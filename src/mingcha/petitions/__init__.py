"""What citizens send (来信): complaints, corrections of public texts, subscriptions; answered by the supervisor."""
