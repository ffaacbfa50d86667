"""Zero- and few-shot baselines: a language model that was never trained on the tasks is told them and asked.

`local` runs one here, `endpoint` asks one behind a URL. Both get the same words, `system.txt` and `user.txt`, and the
same preparation of the report, and their replies are read alike.
"""
