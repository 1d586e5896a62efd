"""Derivatives (衍生件): viewing copies, stills and blurred copies; the original stays as it came in — 政府信息公开条例 art. 15."""
