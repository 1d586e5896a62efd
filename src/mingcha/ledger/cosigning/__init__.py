"""Cosigning (共签): witnesses run by others, the policy that demands them, the client that asks them, the service."""
