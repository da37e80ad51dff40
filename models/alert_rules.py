"""here → every city: when an alert is raised, and when it clears again. Data, checked as it is read.

Limits were chosen on calm synthetic days (at most one alert in 100 orders) and on each staged fault (decision 0016).
"""

from models.alerts import AlertKind, Rule, checked

RULES = checked(
    (
        Rule(AlertKind.AT_RISK, "warning", 40, 15, 60, 60),
        Rule(AlertKind.LATE, "critical", 25, 1),
        Rule(AlertKind.UNASSIGNED, "warning", 8, 1),
        Rule(AlertKind.KITCHEN_OVERDUE, "warning", 25, 1),
        Rule(AlertKind.RESTAURANT_OVERLOADED, "critical", 300, 20, 0, 600),
        Rule(AlertKind.DRIVER_SILENT, "warning", 1, 1),
        Rule(AlertKind.DRIVER_STOPPED, "warning", 4, 1),
        Rule(AlertKind.OFF_ROUTE, "notice", 1200, 300),
        Rule(AlertKind.ZONE_SHORT, "critical", 4, 2, 120, 120),
        Rule(AlertKind.WAYS_SLOW, "critical", 115, 112, 60, 180),
        Rule(AlertKind.OFFERS_DECLINED, "warning", 12, 6, 0, 120),
        Rule(AlertKind.DRIVERS_LEAVE, "warning", 5, 3),
        Rule(AlertKind.STREET_CLOSED, "notice", 1, 1),
    )
)
