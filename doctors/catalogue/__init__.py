"""Whether anything has changed of what is told about doctors, so that it need not be read again.

Who the doctors are, and where they work, changes a few times a day and is asked a hundred times a
second. One token stands for all of it: the database's triggers replace it with every change.
"""
