"""the log, what came of commands, and how fresh a city is → here → what must hold: `seq` has no gap and none comes twice."""

from pipelines.quality.rules import Rule, Suite


def cities(stale_minutes: int) -> Suite:
    """One row a city, with its newest fact and when that was written: a city's clock may run ahead of the wall's, or behind."""
    return Suite(
        "cities", ("city_id",),
        (
            Rule(f"The newest fact of an open city was written at most {stale_minutes} min ago",
                 f"not closed and written_at < now() - interval '{stale_minutes} min'",
                 ("newest_at", "written_at", "date_trunc('second', now() - written_at)::text as age")),
            Rule("A city that is known has a log", "newest_at is null", ("name",)),
            Rule("A log ends with the fact that was written last", "newest_seq is distinct from written_seq",
                 ("newest_seq", "written_seq")),
        ),
        rows="select city_id, name, closed, newest_at, newest_seq, written_seq, written_at from cities c"
             " left join lateral (select p.seq as written_seq, p.written_at from agent_progress p"
             " where p.city_id = c.city_id and p.agent = 'city_commands') p on true"
             " left join lateral (select e.at as newest_at, e.seq as newest_seq from city_events e"
             " where e.city_id = c.city_id order by e.seq desc limit 1) e on true"
             " {cities}",
        least=1,
    )  # fmt: skip


LOG = Suite(
    "city_events", ("city_id", "seq"),
    (
        Rule("No fact is missing: each seq follows the one before it", "seq > before_it + 1", ("before_it", "kind", "at")),
        Rule("No seq comes twice", "seq = before_it", ("kind", "at")),
        Rule("A log begins with its first fact, or where retention left it",
             "before_it is null and seq <> coalesce("
             "(select b.first_seq from log_beginnings b where b.city_id = one.city_id), 1)", ("kind", "at")),
        Rule("The ticks of a city never go back (what a person says happens at the newest tick)",
             "kind = 'Ticked' and at < ticked_before_it", ("at", "ticked_before_it")),
        Rule("A fact lies in the partition of its day", "day <> (at at time zone 'UTC')::date", ("day", "at")),
        Rule("The command that a fact came of is known",
             "not exists (select 1 from commands c where c.city_id = one.city_id and c.command_id = one.command_id)",
             ("command_id", "kind")),
    ),
    rows="select city_id, seq, day, at, kind, command_id, lag(seq) over log as before_it, "
         " max(at) filter (where kind = 'Ticked') over (log rows between unbounded preceding and 1 preceding)"
         " as ticked_before_it from city_events {cities} window log as (partition by city_id order by seq)",
)  # fmt: skip

COMMANDS = Suite(
    "commands", ("city_id", "command_id"),
    (
        Rule("What was done lies in the log, from its first fact to its last",
             "last_seq > coalesce((select p.seq from agent_progress p where p.city_id = one.city_id"
             " and p.agent = 'city_commands'), 0)", ("kind", "first_seq", "last_seq")),
        Rule("A span begins in the log and does not end before it begins", "first_seq < 1 or last_seq < first_seq - 1",
             ("kind", "first_seq", "last_seq")),
        Rule("No two commands have one fact", "first_seq <= ended_before",
             ("kind", "first_seq", "last_seq", "ended_before")),
    ),
    rows="select *, lag(last_seq) over (partition by city_id order by first_seq, last_seq) as ended_before"
         " from commands {cities}",
)  # fmt: skip
