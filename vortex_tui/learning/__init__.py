"""From marks on answers to candidates in quarantine: nothing without consent, and nothing is promoted."""
