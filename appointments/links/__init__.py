"""The links in mails: whoever holds one sees just that visit, and may move or cancel it."""
