"""Signatures and seals of documents (签名与印章): who has signed or refused, and the signed copies."""
