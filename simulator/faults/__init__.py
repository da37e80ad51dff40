"""What goes wrong on purpose: by name, time and seed, at one place each, with the truth of it written down.

`kinds` names the faults, `spec` reads them from a command line, `day` switches them on; `city` is what people and kitchens do
differently, `phones` and `network` what becomes of a step on its way out, `check` holds a log against the truth.
"""
