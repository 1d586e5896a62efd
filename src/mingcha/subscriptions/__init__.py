"""Subscriptions by e-mail (邮件订阅): the public's saved searches, told of what is newly published once a day."""
