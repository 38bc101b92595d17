"""Every way into the application, in one list. What has an icon stands in the navigation, in this order.

A new page is one file beside this one, one template, one line here, and, if it needs a script, one file in
`web/src/pages`.
"""

from __future__ import annotations

from softphone_ui import (
    audit,
    contact,
    desk,
    home,
    me,
    messages,
    people,
    phone,
    prepared,
    releases,
    routing,
    routing_change,
    second,
    sign_in,
    static,
    supervision,
    trying,
    wallboard,
)
from softphone_ui.route import EVERYBODY, Door, Route, act, page
from staff.model import Owes, Role

OPEN = Door.OPEN
AGENTS = frozenset({Role.AGENT})
TALKERS = frozenset({Role.AGENT, Role.SUPERVISOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
WATCHERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR, Role.QUALITY})
RELEASERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
AUDITORS = frozenset({Role.ADMINISTRATOR, Role.QUALITY})
CODE, PASSWORD, SECOND = (frozenset({each}) for each in (Owes.CODE, Owes.PASSWORD, Owes.SECOND))
ANY_DEBT = frozenset(Owes)

ROUTES: tuple[Route, ...] = (
    page("/", "home", home.first_page, EVERYBODY),
    page("/static/{path:.+}", "static", static.file, Door.FILE),
    page("/sign-in", "sign-in", sign_in.show, OPEN),
    act("/sign-in", "sign-in-do", sign_in.sign_in, OPEN),
    page("/sign-in/code", "code", sign_in.show_code, EVERYBODY, pays=CODE),
    act("/sign-in/code", "code-do", sign_in.give_code, EVERYBODY, pays=CODE),
    act("/sign-out", "sign-out", sign_in.sign_out, EVERYBODY, pays=ANY_DEBT),
    page("/desk", "desk", desk.show, AGENTS, icon="device-desktop"),
    page("/desk/ws", "desk-line", desk.line, AGENTS),
    page("/desk/notes", "desk-notes", contact.history, AGENTS),
    act("/desk/notes", "desk-note", contact.write, AGENTS),
    page("/desk/calls/{call}", "desk-call", contact.who, AGENTS),
    page("/desk/prepared/ws", "desk-prepared", prepared.line, AGENTS),
    act("/desk/prepared", "desk-prepare", prepared.prepare, AGENTS),
    act("/desk/prepared/send", "desk-prepared-send", prepared.send, AGENTS),
    act("/desk/prepared/withdraw", "desk-prepared-withdraw", prepared.withdraw, AGENTS),
    page("/people", "people", people.everybody, ADMINISTRATORS, icon="users"),
    act("/people", "people-add", people.add, ADMINISTRATORS),
    act("/people/-/second", "people-require", people.require_second, ADMINISTRATORS),
    page("/people/{login}", "person", people.one, ADMINISTRATORS),
    act("/people/{login}", "person-change", people.change, ADMINISTRATORS),
    act("/people/{login}/password", "person-password", people.reset_password, ADMINISTRATORS),
    act("/people/{login}/lock", "person-lock", people.lock, ADMINISTRATORS),
    act("/people/{login}/unlock", "person-unlock", people.unlock, ADMINISTRATORS),
    act("/people/{login}/second", "person-second", people.drop_second, ADMINISTRATORS),
    page("/routing", "routing", routing.show, ADMINISTRATORS, icon="route"),
    act("/routing", "routing-waits", routing.save_waits, ADMINISTRATORS),
    act("/routing/change", "routing-change", routing_change.save, ADMINISTRATORS),
    act("/routing/back", "routing-back", routing_change.go_back, ADMINISTRATORS),
    act("/routing/queues", "routing-add", routing_change.add_queue, ADMINISTRATORS),
    act("/routing/queues/{queue}/remove", "routing-remove", routing_change.remove_queue, ADMINISTRATORS),
    page("/routing/queues/{queue}", "routing-queue", routing.show_queue, ADMINISTRATORS),
    act("/routing/queues/{queue}", "routing-queue-save", routing.save_queue, ADMINISTRATORS),
    page("/routing/agents/{number}", "routing-agent", routing.show_agent, supervision.ACTING),
    act("/routing/agents/{number}", "routing-agent-save", routing.save_agent, supervision.ACTING),
    page("/wallboard", "wallboard", wallboard.show, WATCHERS, icon="dashboard"),
    page("/wallboard/ws", "wallboard-live", wallboard.watch, WATCHERS),
    page("/wallboard/why/{call}", "wallboard-why", wallboard.why, WATCHERS),
    act("/wallboard/act", "wallboard-act", supervision.do, supervision.ACTING),
    page("/releases", "releases", releases.show, RELEASERS, icon="shield-lock"),
    page("/releases/ws", "releases-live", releases.line, RELEASERS),
    act("/releases/release", "releases-release", releases.release, RELEASERS),
    act("/releases/refuse", "releases-refuse", releases.refuse, RELEASERS),
    page("/messages", "messages", messages.show, TALKERS, icon="message"),
    page("/messages/{message}/sound", "messages-sound", messages.sound, TALKERS),
    act("/messages/take", "messages-take", messages.take, TALKERS),
    act("/messages/done", "messages-done", messages.done, TALKERS),
    page("/audit", "audit", audit.show, AUDITORS, icon="list-check"),
    page("/me", "me", me.show, EVERYBODY, icon="user", pays=PASSWORD),
    act("/me/password", "me-password", me.change_password, EVERYBODY, pays=PASSWORD),
    act("/me/language", "me-language", me.change_language, EVERYBODY),
    page("/me/second", "second", second.show, EVERYBODY, pays=SECOND),
    act("/me/second", "second-set", second.set_up, EVERYBODY, pays=SECOND),
    act("/me/second/drop", "second-drop", second.drop, EVERYBODY),
    page("/phone", "phone", phone.show, TALKERS, icon="phone"),
    act("/phone/new", "phone-new", phone.give, TALKERS),
    page("/phone/ws", "phone-line", phone.line, TALKERS),
    page("/try", "try", trying.show, OPEN),
    act("/try/new", "try-new", trying.give, OPEN),
    page("/try/ws/{name}", "try-line", trying.line, OPEN),
)
