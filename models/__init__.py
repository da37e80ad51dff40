"""What is true of a city, its orders and its drivers, used by every program and importing none of them.

Read in this order: `geo`, `travel` (how far, how long) → `events`, `commands` (what happened, what is asked) →
`order`, `driver` (one table of moves each) → `city` (the fold) → `policies`, `dispatch`, `eta`, `kpis` (what is
made of a city) → `views` (what a screen may see). `topics`, `codec`, `settings`, `tables` are the shapes outside.
"""
