"""The demonstration district 明水区 and the journey of one case through it; all names and figures are made up."""
