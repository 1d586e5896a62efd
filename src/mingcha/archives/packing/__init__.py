"""The sealed package as files (封存包): written, read and checked without any database — RFC 8493, PREMIS 3.0."""
