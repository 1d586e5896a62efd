"""Signing and checking of PDFs (电子签名、电子印章): pure, certificates and trust handed in."""
