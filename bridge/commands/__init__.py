"""What people can say to the bot: one parser and one registry, whichever door they come through."""
