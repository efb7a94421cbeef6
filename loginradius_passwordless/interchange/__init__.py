"""Templates as files: ours, to be kept in git and carried from site to site, and LoginRadius' own."""

from .entries import Entry, InvalidFile, differences, put
from .files import read_folder, write_folder
from .loginradius import read_loginradius

__all__ = ["Entry", "InvalidFile", "differences", "put", "read_folder", "read_loginradius", "write_folder"]
