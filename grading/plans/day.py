"""Presentation day: the order of the talks, the times, the timer, and who has presented."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from course import whole_files
from course.actionplan.rubric import Rubric
from course.errors import CourseError, UsageError
from grading.plans import log as plan_log
from grading.plans.groups import Group, plan_of_group
from grading.state import GradingState

LONGEST_BREAK = 240  # minutes: a lunch, and not the night


@dataclass(frozen=True)
class Turn:
    """One talk.

    Attributes
    ----------
    number : int
        From 1.
    group : str
        The group's id.
    who : str
        City or participant as it is read out.
    title : str
        Of the plan.
    begins, questions, ends : str
        ``HH:MM`` of talk, questions and end; "" where no time was given.
    """

    number: int
    group: str
    who: str
    title: str
    begins: str = ""
    questions: str = ""
    ends: str = ""


def minutes_of(text: str) -> int:
    """Return minutes since midnight of ``HH:MM``.

    Raises
    ------
    UsageError
        It is no time of day.
    """
    hours, mark, minutes = text.strip().partition(":")
    digits = mark and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2
    if digits and int(hours) < 24 and int(minutes) < 60:
        return int(hours) * 60 + int(minutes)
    raise UsageError(f"{text!r} is no time of day.", "Write it as 13:30.")


def clock(minutes: int) -> str:
    """Return minutes since midnight as ``HH:MM``."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def order(
    state: GradingState, groups: Iterable[Group], rubric: Rubric, *,
    draw: str | None = None, start: str = "", break_after: int = 0, break_min: int = 15,
) -> list[Turn]:  # fmt: skip
    """Return the order of the talks.

    Parameters
    ----------
    state : GradingState
        The course.
    groups : iterable of Group
        Who presents.
    rubric : Rubric
        Gives the minutes of talk and questions.
    draw : str, optional
        Words the draw is made from, such as the date; the same words give the same order on
        every machine. Left out: by name.
    start : str
        ``HH:MM`` of the first talk.
    break_after, break_min : int
        A break after so many talks, 0 for none, and its length.

    Returns
    -------
    list of Turn
        One per group.
    """
    if break_after < 0 or not 0 <= break_min <= LONGEST_BREAK:
        raise UsageError(
            f"A break of {break_min} minutes after {break_after} talks is not possible.",
            f"Give --break-after 0 or more, --break-min 0 to {LONGEST_BREAK}.",
        )
    everyone = list(groups)
    said = shown_names(state, everyone)
    rows = sorted(everyone, key=lambda g: (said[g.id].casefold(), g.id))
    if draw is not None:
        # a draw that everybody can repeat: the words and the group's name, nothing else
        rows.sort(key=lambda g: hashlib.sha256(f"{draw}\0{g.id}".encode()).hexdigest())
    at = minutes_of(start) if start else None
    turns = []
    for number, group in enumerate(rows, start=1):
        times = ("", "", "")
        if at is not None:
            if break_after and number > 1 and (number - 1) % break_after == 0:
                at += break_min
            talk_end = at + rubric.talk_min
            times = (clock(at), clock(talk_end), clock(talk_end + rubric.questions_min))
            at = talk_end + rubric.questions_min
        title = plan_of_group(state, group).title
        turns.append(Turn(number, group.id, said[group.id], title, *times))
    return turns


def shown_names(state: GradingState, groups: Iterable[Group]) -> dict[str, str]:
    """Return what each group is called on the wall: its city, else the people's names.

    Two groups of one city carry their ids behind it.
    """
    from grading import cohort

    people = {p.student_id: p for p in cohort.participants(state, everyone=True)}
    found = {}
    for group in groups:
        members = [people[m] for m in group.members if m in people]
        cities = list(dict.fromkeys(p.city for p in members if p.city))
        plain = group.id.removeprefix("team:")
        names = [p.shown_name for p in members] if group.id in people else []
        found[group.id] = ", ".join(cities or names) or plain
    often = Counter(name.casefold() for name in found.values())
    return {
        name: text if often[text.casefold()] == 1 else f"{text} ({name.removeprefix('team:')})"
        for name, text in found.items()
    }


def note_presented(
    state: GradingState, groups: Iterable[Group], *, by: str, presented: bool = True,
    how: str = "live",
) -> int:  # fmt: skip
    """Note that groups have presented, or take it back; the log keeps both.

    Parameters
    ----------
    how : str
        ``live`` or ``recording``.
    """
    return plan_log.append(state, plan_log.PRESENTED, [
        {"group": g.id, "members": list(g.members), "presented": presented, "by": by, "how": how}
        for g in groups
    ])  # fmt: skip


_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Presentation timer</title><style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:flex;
flex-direction:column;background:#fff;color:#1f2933}
main{flex:1;display:flex;flex-direction:column;align-items:center;justify-content:center;
padding:24px;text-align:center}
h1{font-size:36px;line-height:1.2;margin:0 0 8px;max-width:30ch}
#time{font-size:min(28vw,24vh,260px);line-height:1;font-variant-numeric:tabular-nums;font-weight:600}
#sign{font-size:36px;min-height:1.5em;padding:4px 24px;border-radius:4px}
#who{font-size:24px;color:#52606d;margin:0}
.bar{width:min(90vw,900px);height:16px;background:#d9dee3;position:relative;margin:24px 0}
#fill{height:100%;background:#3e4c59;width:0}
.mark{position:absolute;top:-6px;bottom:-6px;width:3px;background:#1f2933}
button{font:inherit;padding:8px 16px;margin:4px;background:#0b6e99;color:#fff;border:0;
border-radius:4px;cursor:pointer}
button:focus-visible{outline:3px solid #1f2933;outline-offset:2px}
.warning{background:#fff3d6}.questions{background:#dbe9ff}.over{background:#1f2933;color:#fff}
.over #who{color:#d9dee3}.over .mark{background:#fff}
.warning #sign::before{content:"\\25B2  "}.questions #sign::before{content:"?  "}
.over #sign::before{content:"\\25A0  "}
ol{list-style:none;padding:0;margin:16px;display:flex;flex-wrap:wrap;gap:4px 16px;
justify-content:center;font-size:13px}
li[aria-current]{font-weight:700;text-decoration:underline}
@media (prefers-color-scheme:dark){body{background:#161b20;color:#e6e9ec}#who{color:#a9b4be}
.warning{background:#4a3a10}.questions{background:#16315c}.over{background:#e6e9ec;color:#161b20}
.bar{background:#3a434c}#fill{background:#c3ccd4}.mark{background:#e6e9ec}
.over #who{color:#3a434c}.over .mark{background:#161b20}}
</style></head><body><main><h1 id="title" dir="auto"></h1><p id="who"></p>
<div id="time" role="timer" aria-live="off">0:00</div><p id="sign" role="status"></p>
<div class="bar" aria-hidden="true"><div id="fill"></div></div>
<div><button id="go">Start</button><button id="back">Back to 0:00</button>
<button id="prev">Talk before</button><button id="next">Next talk</button></div>
<p>Space: start and stop. R: back to 0:00. Arrow keys: other talk. No sound.</p></main>
<ol id="list" aria-label="Order of the talks"></ol><script>
const T=__TURNS__,WARN=__WARN__,TALK=__TALK__,END=__END__;
let at=0,begun=null,kept=0;const times={};const $=n=>document.getElementById(n);
// a tab in the background is slowed down, so the clock is asked and not counted
const now=()=>kept+(begun===null?0:(Date.now()-begun)/1000);
function show(){const s=Math.floor(now()),b=document.body;
 $("time").textContent=Math.floor(s/60)+":"+String(s%60).padStart(2,"0");
 $("fill").style.width=Math.min(100,100*s/(END*60))+"%";
 const state=s>=END*60?"over":s>=TALK*60?"questions":s>=WARN*60?"warning":"";
 if(b.className!==state||!$("sign").dataset.set){b.className=state;$("sign").dataset.set=1;
  $("sign").textContent={over:"Time is over",questions:"Questions",
   warning:"","":""}[state];}
 if(state==="warning"){const left=Math.ceil(TALK-s/60),
  words=left+(left===1?" minute":" minutes")+" left";
  if($("sign").textContent!==words)$("sign").textContent=words;}
 $("go").textContent=begun===null?(kept?"Go on":"Start"):"Stop";}
function go(){if(begun===null)begun=Date.now();else{kept=now();begun=null;}show();}
function back(){begun=null;kept=0;show();}
function turn(n){if(!T.length)return;
 // a key that was hit by chance loses no time: each talk keeps its own
 times[at]=now();begun=null;at=Math.max(0,Math.min(T.length-1,n));kept=times[at]||0;show();
 const t=T[at];$("title").textContent=t.title||t.who;
 $("who").textContent="Talk "+t.number+" of "+T.length+": \\u2068"+t.who+"\\u2069"+
  (t.begins?", "+t.begins+" to "+t.ends:"");
 document.querySelectorAll("li").forEach((l,i)=>i===at?l.setAttribute("aria-current","true")
  :l.removeAttribute("aria-current"));}
for(const[mins,w]of[[WARN,"warning"],[TALK,"questions"]]){const m=document.createElement("div");
 m.className="mark";m.style.left=100*mins/END+"%";document.querySelector(".bar").append(m);}
for(const t of T){const l=document.createElement("li");
 l.textContent=t.number+" "+t.who;$("list").append(l);}
$("go").onclick=go;$("back").onclick=back;$("prev").onclick=()=>turn(at-1);
$("next").onclick=()=>turn(at+1);
addEventListener("keydown",e=>{if(e.ctrlKey||e.metaKey||e.altKey)return;
 if(e.key===" "&&e.target.tagName!=="BUTTON"){e.preventDefault();go();}
 else if(e.key==="r"||e.key==="R")back();
 else if(e.key==="ArrowRight")turn(at+1);else if(e.key==="ArrowLeft")turn(at-1);});
setInterval(show,250);T.length?turn(0):$("title").textContent="Presentation timer";show();
</script></body></html>
"""


def timer_page(turns: list[Turn], rubric: Rubric) -> str:
    """Return the timer as one page that asks no server.

    It shows the running time, a bar with marks, and a sign in words, form and colour when
    the talk nears its end, when questions begin and when the time is over. It makes no
    sound and works from the keyboard.
    """
    rows = [{"number": t.number, "who": t.who, "title": t.title, "begins": t.begins,
             "ends": t.ends} for t in turns]  # fmt: skip
    # inside a script element, "<" could end it
    text = json.dumps(rows, ensure_ascii=True).replace("<", "\\u003c")
    page = _PAGE.replace("__TURNS__", text).replace("__WARN__", str(rubric.warning_min))
    page = page.replace("__TALK__", str(rubric.talk_min))
    return page.replace("__END__", str(rubric.talk_min + rubric.questions_min))


def order_page(turns: list[Turn], *, title: str = "Order of the presentations") -> str:
    """Return the order as a page for the wall."""
    rows = "".join(
        f"<tr><td>{t.number}</td><td>{escape(t.begins)}</td>"
        f"<td><bdi>{escape(t.who)}</bdi></td><td><bdi>{escape(t.title)}</bdi></td>"
        f"<td>{escape(t.questions)}</td><td>{escape(t.ends)}</td></tr>"
        for t in turns
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>body{{font:18px/1.5 system-ui,sans-serif;"
        "margin:48px;color:#1f2933}h1{font-size:24px}table{border-collapse:collapse;width:100%}"
        "th,td{text-align:start;padding:8px 16px 8px 0;border-bottom:1px solid #d9dee3}"
        "</style></head>"
        f"<body><h1>{escape(title)}</h1><table><thead><tr><th>No.</th><th>Begins</th><th>Who</th>"
        "<th>Plan</th><th>Questions</th><th>Ends</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></body></html>"
    )


def write_text(path: Path, text: str) -> Path:
    """Write a file beside its target, then move it there."""
    try:
        whole_files.write(path, text)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror}.", "Give --out another file name."
        ) from None
    return path
