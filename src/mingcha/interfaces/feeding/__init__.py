"""The one-way feed (单向推送) from the inner zone to the portal's zone, and the way back for letters — ADR 32."""
