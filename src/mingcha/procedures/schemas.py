from mingcha.catalogues.schemas import register
from mingcha.procedures.rules import check

register("procedure", "执法程序", check)
