"""Every mail there is, with made-up data, for developers to look at: only while DEBUG is on."""
