"""Room notice: sentences on who speaks and what is held."""

from collections.abc import Mapping

from tepati.notice import speech
from tepati.notice.labels import Labels
from tepati.notice.values import Duration


def announcing(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``announcing``."""
    told = said.notice.notice.announce.material
    before = said.duration(told.before or Duration(0, "day"))
    return said.say("promise.announce", by=said.channels(told.by), before=before)


def showing(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``showing``."""
    return said.say(f"promise.{path.partition('.')[2]}", page=said.notice.notice.page)


def scope(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``scope``."""
    return said.say("promise.covers", channels=said.channels(said.notice.notice.covers))


def new_purpose(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``new_purpose``."""
    asked = said.notice.notice.new_purpose == "consent"
    return said.say("promise.new_purpose_consent" if asked else "promise.new_purpose_told")


def approvals(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``approvals``."""
    rule = said.notice.notice.approvals
    people = speech.people(rule.people, said.lang)
    key = f"promise.approvals{'_outside' * bool(rule.outside)}{'_one' * bool(rule.outside and rule.people < 2)}"
    if rule.wait:
        return said.say(f"{key}_wait", people=people, wait=said.duration(rule.wait))
    return said.say(key, people=people)


def population(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``population``."""
    people = said.notice.populations[name]
    return " ".join(filter(None, (stand(said, people.we_are, people.instructed_by, name), met(said, name))))


def met(said: Labels, name: str) -> str:
    """Say when people are told whose data others gave us (UU PDP Art. 21); empty where nothing is said of it."""
    told = said.notice.populations[name].told
    length = (told.within or told.after) if told else None
    if told is None or length is None:
        return ""
    values = {"label": said.population(name), "by": said.by(told), "within": said.duration(length)}
    return said.say("promise.population_told", **values)


def stand(said: Labels, we_are: str, by: str, *names: str) -> str:
    """Say what we are to these kinds of people."""
    label, ordering = said.join(said.population(name) for name in names), said.population(by) if by else ""
    return said.say(f"promise.population_{we_are.removesuffix('_controller')}", label=label, by=ordering)


def guardian(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``guardian``."""
    rule = said.notice.minors
    if path == "minors":
        return said.say("promise.minors", under=rule.under)
    told = rule.guardian
    second = [each for each in told.confirm if each != "link"]
    both = second and "link" in told.confirm
    confirm = said.any_of("confirm", second if both else told.confirm)
    ruled = said.say(
        "promise.guardian_both" if both else "promise.guardian", confirm=confirm, waits=said.duration(told.waits),
        children=told.children,
    )  # fmt: skip
    return f"{ruled} {said.say('promise.guardian_mail')}" if "link" in told.confirm else ruled


def age_gate(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``age_gate``."""
    if path == "minors.asked_at":
        points = said.join(said.entry(name) for name in said.notice.minors.asked_at)
        return said.say("promise.minors_asked", points=points)
    point = path.split(".")[1]
    return age_rules(said, said.notice.points[point].age, point)


def age_rules(said: Labels, rules: Mapping[int, str], *points: str) -> str:
    """Say what follows from an age at these ways in."""
    named = said.join(said.entry(point) for point in points)
    return " ".join(said.say(f"promise.age_{outcome}", age=age, point=named) for age, outcome in rules.items())


def collection(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``collection``."""
    category = said.notice.data[name]
    fields = said.fields([f"{name}.{field}" for field in category.fields])
    values = {"category": said.category(name), "fields": fields, "source": "; ".join(filter(None, said.sources(name)))}
    return said.say("promise.collection_guarded" if category.treat_as else "promise.collection", **values)


def field(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``field``."""
    _, category, _, name = path.split(".")
    field, label = said.notice.data[category].fields[name], said.field(f"{category}.{name}")
    if field.type == "unclear":
        return said.say("promise.field_unclear", field=label)
    if not field.stored:
        return said.say("promise.field_not_stored", field=label)
    if field.precision:
        metres = f"{field.precision // 1000} km" if field.precision % 1000 == 0 else f"{field.precision} m"
        return said.say("promise.field_precision", field=label, metres=metres)
    return said.say("promise.field_claim" if field.claim else "promise.field_each", field=label)


def life(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``life``."""
    life = said.notice.retention[name]
    category = said.held(name)
    if life.not_stored:
        return said.say("promise.life_now", category=category)
    values = {"for": said.duration(life.for_), "event": said.event(life.from_.event), "category": category}
    values["then"] = said.say({"destroy": "life.destroyed", "erase": "life.erased"}.get(life.then, "life.anonymised"))
    if life.longest:
        return said.say("promise.life_longest", longest=said.duration(life.longest), **values)
    return said.say("promise.life", **values)


def hold(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``hold``."""
    hold = said.notice.retention[path.split(".")[1]].hold
    if hold is None:
        return ""
    values = {"fields": said.groups(hold.fields), "for": said.duration(hold.for_), "rule": said.rule(hold.rule)}
    reading, by = said.quoted(hold.reading), said.word(hold.by)
    return said.say("promise.hold", reading=reading, by=by, on=said.date(hold.on), **values)


def system(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``system``."""
    system = said.notice.systems[name]
    holds = said.join(said.category(category) for category in system.holds)
    return said.say("promise.system", label=said.own(system.label, name), holds=holds)
