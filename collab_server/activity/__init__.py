"""Who did what when: edits told from the document log, and everything else that was done, kept as one list.

It is the audit log, too. `edits.py`, `bursts.py` and `sentences.py` decide without any I/O; `teller.py` reads the log
behind those who edit; `keeper.py` keeps what happens otherwise; `reading.py` gives pages and files of it.
"""
