"""The HTTP skin: reads the wire, calls one flow function, writes the wire."""
