"""Web page: what it shows, what it asks for, and the processes that draw for it."""
