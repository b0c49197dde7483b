"""A run: load, unify, features, predictions, questions, snapshot; each stage kept, so that a killed run goes on."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from dangol.core.declare import Output, Prediction, Predictor, Question
from dangol.core.engine import Duck, Spark
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.identity.customer import IDENTITY_MAP
from dangol.identity.customer import Earlier as EarlierIdentity
from dangol.identity.surviving import Origin
from dangol.intake import IntakeReport, SourceSettings, Terms, Wiped, load, table_files
from dangol.intake.inbox import gather, inbox_sources
from dangol.workspace import earlier, wide
from dangol.workspace.answers import Answer, Asker, asked_or_failed
from dangol.workspace.binding import Binder
from dangol.workspace.cleaning import DEFAULT
from dangol.workspace.earlier import Earlier, compact
from dangol.workspace.entered import ENTERED, entered, figures_of
from dangol.workspace.erasing import NOBODY, Forgotten
from dangol.workspace.facts import Facts
from dangol.workspace.figures import ORDERS, OrdersKnown
from dangol.workspace.grouped import RANGES, ranges
from dangol.workspace.lead_columns import LEADS, readable
from dangol.workspace.lead_tables import has_leads, place, score_leads, scored_tables
from dangol.workspace.matrix import Learner, first_known, wanted
from dangol.workspace.overruled import NOTHING_SAID, Overruled
from dangol.workspace.predict import CARD, SCORES, Card, predict, settings_of
from dangol.workspace.profile import Profile, build_profile
from dangol.workspace.quality import QUALITY, measure, quality_inputs
from dangol.workspace.registry import Registry, readable_columns, reason_columns
from dangol.workspace.sampling import columns_read, sampled, write_sample
from dangol.workspace.settings import Settings
from dangol.workspace.shelf import Shelf
from dangol.workspace.snapshot import FILE, SNAPSHOT, Contents, Pointer, consent_state, people_known, redirects_in, write_snapshot
from dangol.workspace.stages import Stage, StageStore, fingerprint, peak_memory, write_json
from dangol.workspace.standing import MODEL, forget_models, kept_models
from dangol.workspace.unify import unify
from dangol.workspace.units import unit_tables
from dangol.workspace.warning import WARNINGS, warn

PROFILE = "profile.parquet"
EPOCH = datetime(1970, 1, 1)
Progress = Callable[[str, float, int], None]


@dataclass
class Result:
    """What a run did, stage by stage.

    Attributes:
        run_id: fingerprint of everything the run read.
        as_of: the moment it describes.
        stages: (name, seconds, peak memory in bytes, made now or found).
        intake: what was loaded.
        cards: model cards of the predictions.
        answers: answers to all questions.
        warnings: whom to look after: where they are listed, and how such warnings did in past weeks.
        wiped: what went because somebody asked to be forgotten; None where nobody has since the last run.
    """

    run_id: str = ""
    as_of: datetime = EPOCH
    stages: list[tuple[str, float, int, bool]] = field(default_factory=list)
    intake: IntakeReport | None = None
    cards: dict[str, Card] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: Mapping[str, Any] = field(default_factory=dict)
    wiped: Wiped | None = None


@dataclass(frozen=True)
class Heeded:
    """What people decided, and every run heeds.

    Attributes:
        decided: pairs of records that people have decided about, see `reviewing.Desk.standing`.
        rules: cleaning rules that are on, see `cleaning.Switches.on`.
        forgotten: whom the run must not know, see `erasing.Erasures.standing`.
        overruled: chances that people set themselves, see `notes.Notes.overruled`.
    """

    decided: pa.Table | None = None
    rules: frozenset[str] = DEFAULT
    forgotten: Forgotten = NOBODY
    overruled: Overruled = NOTHING_SAID


NOTHING_HEEDED = Heeded()


class Run:
    """One run of a company's loop.

    Args:
        base: the company's folder.
        root: the workspace's folder.
        settings: the company's settings.
        registry: all declarations.
        as_of: the moment to describe; the midnight after the last order when None.
        progress: told the name, seconds and peak memory of each finished stage.
        heeded: what people decided.
    """

    def __init__(
        self,
        base: Path,
        root: Path,
        settings: Settings,
        registry: Registry,
        *,
        as_of: datetime | None = None,
        progress: Progress = lambda _name, _seconds, _memory: None,
        heeded: Heeded = NOTHING_HEEDED,
    ) -> None:
        self.base = base
        self.root = root
        self.settings = settings
        self.registry = registry
        self.wanted_as_of = as_of
        self.progress = progress
        self.decided = heeded.decided
        self.rules = heeded.rules
        self.forgotten = heeded.forgotten
        self.overruled = heeded.overruled
        self.stages = StageStore(root / "stages")
        self.shelved: Shelf | None = None
        self.result = Result()

    def go(self) -> Result:
        """Do everything that is not done yet and switch to the new snapshot.

        Raises:
            NotReady: another run is going on.
            DangolError: whatever stopped the run; the last snapshot keeps serving.
        """
        with self.alone(), self.engine() as duck:
            self.forget(duck)
            self.load(duck)
            asked = self.unify_inputs()
            history = self.history(asked)
            unified = self.stage("unify", {**asked, **history}, partial(self.unify, duck, history))
            as_of = self.moment(unified)
            self.overruled = self.overruled.renumbered(redirects_in(unified.folder)).at(self.wanted_as_of or self.overruled.now)
            profiled = self.stage(
                "features",
                {"unify": unified.key, "as_of": as_of.isoformat(), "engine": self.settings.engine.kind},
                partial(self.profile, unified, as_of),
            )
            scored = self.scored(unified, profiled, as_of)
            scores = {name: stage.key for name, stage in scored.items()}
            warned = self.warned(unified, profiled, as_of)
            led = self.led(unified, as_of)
            inputs = {"profile": profiled.key, "scores": scores, WARNINGS: warned.key, LEADS: led.key if led else "",
                      earlier.EARLIER: self.earlier(unified).names(as_of), **self.said,
                      **self.overruled.stated()}  # fmt: skip
            served = self.stage("snapshot", inputs, partial(self.snapshot, unified, profiled, scored, led))
            self.earlier(unified).keep(served.folder / earlier.FILE, as_of, served.key)
            self.keep_models(scored, as_of)
            self.finish(unified, served, [unified, profiled, served, warned, *([led] if led else []), *scored.values()], as_of)
            self.stage(QUALITY, self.measured, partial(measure, duck, self.root, self.measured))
        return self.result

    def load_only(self) -> IntakeReport:
        """Load what is new and stop.

        Raises:
            NotReady: another run is going on.
        """
        with self.alone(), self.engine() as duck:
            return self.load(duck)

    def forget(self, duck: Duck) -> None:
        """Take those who asked to be forgotten out of everything loaded and kept."""
        if self.forgotten.pending:
            systems = {source.name: source.system for source in self.sources}
            forget_models(self.root)
            self.result.wiped = self.forgotten.wipe(self.root, duck, systems, self.settings.inbox.system)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No second run of the same company at the same time."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "run.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as problem:
                what = told("another run of this company is going on")
                raise NotReady(what, where=str(self.root), hint=told("wait for it to end")) from problem
            yield

    def engine(self, *, keep_order: bool = False) -> Duck:
        """An engine with the company's memory limit; what does not fit spills into the workspace."""
        engine, spill = self.settings.engine, self.root / "spill"
        return Duck(memory_limit=engine.memory_limit, threads=engine.threads, spill=spill, keep_order=keep_order)

    def stage(self, name: str, inputs: Mapping[str, Any], make: Callable[[Path], Mapping[str, Any]]) -> Stage:
        """Ensure a stage and remember how long it took."""
        return self.noted(self.stages.ensure(name, inputs, make))

    def noted(self, stage: Stage) -> Stage:
        """Remember how long a stage took and say so."""
        self.result.stages.append((stage.name, stage.seconds, stage.peak_memory, stage.fresh))
        self.progress(stage.name, stage.seconds, stage.peak_memory)
        return stage

    def load(self, duck: Duck) -> IntakeReport:
        """Load what is new of all sources."""
        company = self.settings.company
        now = datetime.now(UTC).replace(tzinfo=None)
        terms = Terms(root=self.root, base=self.base, zone=company.zone, currency=company.currency, now=now)
        gather(self.root)
        report = load(self.sources, terms, duck, list(self.registry.sources.values()), self.forgotten.erased)
        self.result.intake = report
        self.result.stages.append(("load", round(report.seconds, 3), peak_memory(), bool(report.loaded)))
        self.progress("load", report.seconds, peak_memory())
        if not table_files(self.root):
            raise TooLittleData.have(told("0 loaded rows"), told("at least one source with rows in dangol.yaml"))
        return report

    @property
    def sources(self) -> list[SourceSettings]:
        """The company's sources, and what arrived over HTTP."""
        return [*self.settings.sources, *inbox_sources(self.root, self.settings.inbox.system)]

    @property
    def origins(self) -> dict[str, Origin]:
        """Whose customer and order numbers each source uses, and how far its word on customers goes."""
        places = enumerate(self.sources, start=1)
        return {each.name: Origin(each.system, each.priority or place, each.provenance) for place, each in places}

    def unify_inputs(self) -> dict[str, Any]:
        """What identity and facts depend on."""
        files = {table: [path.name for path in paths] for table, paths in table_files(self.root).items()}
        rows = self.decided.to_pylist() if self.decided is not None else []
        decided = {"decided": rows} if rows else {}
        settings = self.settings
        said = {"company": settings.company.model_dump(), "identity": settings.identity.model_dump(), "rules": sorted(self.rules)}
        return {**decided, **said, "files": files, "origins": {name: asdict(each) for name, each in self.origins.items()}}

    @property
    def measured(self) -> dict[str, Any]:
        """What the measured state of the data depends on; it is measured when the new snapshot serves already."""
        return quality_inputs(self.root, self.settings, self.sources)

    def history(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """What came before: customers are who they are by their history, so that the same files after others are another result.

        Run again on the same files, the serving stage stays what it is.
        """
        wanted = fingerprint(asked)
        serving = self.stages.receipt(self.root / Pointer.read(self.root).facts) if self.served else None
        if serving is None:
            return {"asked": wanted, "before": ""}
        known = serving["facts"]
        return {"asked": wanted, "before": known.get("before", "") if known.get("asked") == wanted else serving["key"]}

    @property
    def served(self) -> bool:
        """Whether a run has finished before."""
        return (self.root / "current.json").exists()

    def unify(self, duck: Duck, history: Mapping[str, str], target: Path) -> Mapping[str, Any]:
        """The unify stage."""
        folder = self.root / Pointer.read(self.root).facts if self.served else None
        forgotten = self.forgotten.erased.knows if self.forgotten.pending else None
        before = EarlierIdentity(folder, datetime.now(UTC).replace(tzinfo=None), self.decided, forgotten)
        facts = unify(duck, self.root, self.settings, self.origins, earlier=before, rules=self.rules, target=target)
        return {**facts, **history}

    def moment(self, unified: Stage) -> datetime:
        """The moment the run describes."""
        self.result.facts = unified.facts
        self.result.as_of = self.wanted_as_of or datetime.fromisoformat(unified.facts["as_of"])
        return self.result.as_of

    def earlier(self, unified: Stage) -> Earlier:
        """The scores of earlier runs."""
        return Earlier.beside(self.root, self.settings.company.zone, unified.folder)

    def binder(self, unified: Stage, as_of: datetime) -> Binder:
        """The company at a moment."""
        return Binder(Facts.of(unified.folder / "facts"), as_of, self.settings.company.zone)

    def profile(self, unified: Stage, as_of: datetime, target: Path) -> Mapping[str, Any]:
        """The features stage, on the engine the company chose."""
        on_spark = self.settings.engine.kind == "spark"
        with Spark(memory=self.settings.engine.memory_limit.lower().removesuffix("b")) if on_spark else self.engine() as engine:
            binder = replace(self.binder(unified, as_of), dialect=engine.dialect)
            binder.facts.mount(engine)
            parts = target / "parts" if on_spark else target / PROFILE
            write = partial(engine.write_parquet, path=parts, order_by=("customer_id",))
            made = build_profile(engine, binder, self.registry.features.values(), write=write)
        if on_spark:
            self.gather(parts, target / PROFILE)
        return {"families": made.families, "absent": made.absent}

    def gather(self, parts: Path, target: Path) -> None:
        """The part files that Spark writes as one sorted file."""
        with self.engine() as duck:
            duck.view("parts", sorted(parts.glob("*.parquet")))
            duck.write_parquet("SELECT * FROM parts", target, order_by=("customer_id",))

    def made_profile(self, profiled: Stage) -> Profile:
        """The profile of a finished features stage."""
        families = {name: tuple(columns) for name, columns in profiled.facts["families"].items()}
        absent = {name: tuple(columns) for name, columns in profiled.facts["absent"].items()}
        features = self.registry.features
        columns = {name: features[family].outputs[name] for family, names in families.items() for name in names}
        return Profile(columns, families, absent)

    def scored(self, unified: Stage, profiled: Stage, as_of: datetime) -> dict[str, Stage]:
        """The stages of all predictions, one after the other: LightGBM crashes when several threads call it at once."""
        found = {}
        for name in self.predictors:
            found[name] = self.noted(self.predicted(name, unified, profiled, as_of))
            self.result.cards[name] = Card.read(found[name].folder / CARD)
        return found

    def predicted(self, name: str, unified: Stage, profiled: Stage, as_of: datetime) -> Stage:
        """A prediction's stage."""
        prediction, predictor = self.registry.predictions[name], self.predictors[name]
        models = kept_models(self.root, self.settings.company.zone, name).names(as_of)
        inputs = {"profile": profiled.key, "settings": predictor.stated(), "name": name, "models": models,
                  **self.overruled.about(prediction.outputs).taught()}  # fmt: skip
        making = partial(self.predict, prediction, predictor, unified, profiled, as_of)
        return self.stages.ensure(name, inputs, making)

    def warned(self, unified: Stage, profiled: Stage, as_of: datetime) -> Stage:
        """The early-warning stage: whom to look after, and how such warnings did in past weeks."""
        per_week = self.settings.early_warning.per_week

        def make(target: Path) -> Mapping[str, Any]:
            with self.engine() as duck:
                duck.view("profile", profiled.folder / PROFILE)
                return warn(duck, self.binder(unified, as_of), per_week, target)

        found = self.stage(WARNINGS, {"profile": profiled.key, "per_week": per_week}, make)
        self.result.warnings = {"folder": str(found.folder.relative_to(self.root)), **found.facts}
        return found

    def led(self, unified: Stage, as_of: datetime) -> Stage | None:
        """The stage of leads; None without any."""
        binder, settings = self.binder(unified, as_of), self.settings.leads
        if not settings.active or not has_leads(binder):
            return None
        inputs = {"unify": unified.key, "as_of": as_of.isoformat(), "settings": settings.model_dump()}
        return self.stage(LEADS, inputs, partial(score_leads, self.engine, binder, self.registry.features, settings))

    def keep_models(self, scored: Mapping[str, Stage], as_of: datetime) -> None:
        """Keep what was learnt, so that later fits are held against it; a champion that stayed is kept already."""
        for name, stage in scored.items():
            if (stage.folder / MODEL).exists():
                kept_models(self.root, self.settings.company.zone, name).keep(stage.folder / MODEL, as_of, stage.key)

    @cached_property
    def predictors(self) -> dict[str, Predictor]:
        """The predictions of this run with the company's settings; those switched off are left out."""
        given = self.settings.predictions
        every = {name: settings_of(each, given.get(name, {})) for name, each in self.registry.predictions.items()}
        there = {"", *table_files(self.root)}
        return {name: each for name, each in every.items() if each.active and each.only_with in there}

    @cached_property
    def reads(self) -> dict[str, frozenset[str]]:
        """Fact columns that features and labels read, by table."""
        return columns_read(list(self.registry.features.values()), self.predictors.values())

    def shelf(self, unified: Stage) -> Shelf:
        """Past profiles that the run's predictions share."""
        if self.shelved is None:
            columns = {name for each in self.predictors.values() for name in wanted(each)}
            self.shelved = Shelf(self.stages, {"unify": unified.key}, sorted(columns))
        return self.shelved

    def predict(
        self, prediction: Prediction, predictor: Predictor, unified: Stage, profiled: Stage, as_of: datetime, target: Path
    ) -> Mapping[str, Any]:
        """Train, judge and score one prediction."""
        with self.engine() as duck:
            binder = self.binder(unified, as_of)
            binder.facts.mount(duck)
            duck.view("profile", profiled.folder / PROFILE)
            sample = self.sample(duck, binder, predictor, unified)
            own = first_known(duck, binder.facts, predictor.only_with, as_of) if predictor.only_with else None
            first = own or datetime.fromisoformat(unified.facts["first_at"])
            features = list(self.registry.features.values())
            learner = Learner(duck, binder, features, first, sample, predictor.population(), self.shelf(unified),
                              self.overruled.about(prediction.outputs))  # fmt: skip
            kept = kept_models(self.root, self.settings.company.zone, prediction.name).before(as_of)
            card = predict(learner, prediction, predictor, self.made_profile(profiled), target, kept)
        return {"scored": card.scored, "refusal": str(card.refusal)}

    def sample(self, duck: Duck, binder: Binder, predictor: Predictor, unified: Stage) -> Facts | None:
        """The facts of the customers to learn from, mounted; None when the company has no more than that."""
        if unified.facts["customer_count"] <= predictor.sample:
            return None
        size, seed = predictor.sample, predictor.seed
        inputs = {"unify": unified.key, "size": size, "seed": seed}
        stage = self.stages.ensure(
            "sample", inputs, lambda folder: {"tables": write_sample(duck, binder, size, seed, self.reads, folder)}
        )
        found = sampled(binder.facts, stage.folder)
        found.mount(duck)
        return found

    def snapshot(
        self, unified: Stage, profiled: Stage, scored: Mapping[str, Stage], led: Stage | None, target: Path
    ) -> Mapping[str, Any]:
        """The snapshot stage: profile with scores, and every question answered on it."""
        with self.engine(keep_order=True) as duck:
            binder = self.binder(unified, self.result.as_of)
            binder.facts.mount(duck)
            duck.attach(target / FILE, SNAPSHOT)
            columns = self.wide_profile(duck, binder, profiled, scored)
            orders = OrdersKnown.at(duck, binder.facts, binder.as_of)
            duck.write_parquet(
                compact(columns, binder.as_of, self.overruled.customers()), target / earlier.FILE, order_by=("customer_id",)
            )
            assumed = self.margin_assumed(binder.facts)
            led_tables = scored_tables(duck, binder, columns, led.folder if led else None)
            figures = {ENTERED: entered(self.settings.benchmarks, self.settings.plan), RANGES: ranges(self.result.cards),
                       **readable(led_tables)}  # fmt: skip
            span = (orders.first_at, orders.last_at)
            asker = Asker(duck, binder, columns | self.reasons(scored), span, assumed, self.earlier(unified), figures)
            known = readable_columns(self.registry)
            answers = duck.together([partial(answered, asker, question, known) for question in self.registry.questions.values()])
            cards = {name: str(stage.folder.relative_to(self.root)) for name, stage in scored.items()}
            meta = {**self.meta(unified, profiled, binder.facts), "cards": cards, LEADS: place(led, self.root), **self.said}
            meta[ORDERS] = asdict(orders)
            units = {**unit_tables(binder, columns, known), **led_tables}
            contents = Contents(columns, answers, meta, people_known(binder), consent_state(binder), units)
            write_snapshot(duck, contents, unified.folder / IDENTITY_MAP)
        return {"answered": sum(answer.answerable for answer in answers), "questions": len(answers)}

    @property
    def said(self) -> dict[str, Any]:
        """Figures that people entered, where there are any."""
        figures = figures_of(self.settings.benchmarks, self.settings.plan)
        return {ENTERED: figures} if figures else {}

    def wide_profile(self, duck: Duck, binder: Binder, profiled: Stage, scored: Mapping[str, Stage]) -> dict[str, Output]:
        """The snapshot's table `profile`: features and scores side by side; returns its columns."""
        given = [wide.scored(self.registry.predictions[name], stage.folder / SCORES, self.overruled)
                 for name, stage in scored.items() if (stage.folder / SCORES).exists()]  # fmt: skip
        inferred = wide.inferred_columns(duck, binder) if self.settings.identity.inferred_in_rules else {}
        return dict(self.made_profile(profiled).columns) | wide.widen(duck, profiled.folder / PROFILE, given, inferred)

    def reasons(self, scored: Mapping[str, Stage]) -> dict[str, Output]:
        """The columns with reasons that the profile has."""
        made = {f"{name}_reasons" for name, stage in scored.items() if (stage.folder / SCORES).exists()}
        return {name: each for name, each in reason_columns(self.registry).items() if name in made}

    def margin_assumed(self, facts: Facts) -> bool:
        """Whether margins rest on the assumed share rather than on costs."""
        return self.settings.company.margin_share is not None and "cost_amount" not in facts.present.get("orders", frozenset())

    def meta(self, unified: Stage, profiled: Stage, facts: Facts) -> dict[str, Any]:
        """Figures and lists that faces show."""
        present = {name: sorted(columns) for name, columns in facts.present.items()}
        return {"identity": dict(unified.facts), "absent": dict(profiled.facts["absent"]), "present": present,
                WARNINGS: self.result.warnings, "margin_assumed": self.margin_assumed(facts)}  # fmt: skip

    def finish(self, unified: Stage, served: Stage, kept: Sequence[Stage], as_of: datetime) -> None:
        """Switch the pointer, write the manifest and clear away what older runs left."""
        result = self.result
        result.run_id = served.key[:16]
        current = Pointer.read(self.root) if (self.root / "current.json").exists() else None
        if current is None or current.run_id != result.run_id:
            now = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
            file = (served.folder / FILE).relative_to(self.root)
            pointer = Pointer(result.run_id, str(file), str(unified.folder.relative_to(self.root)), as_of.isoformat(), now)
            manifest = {"run_id": result.run_id, "as_of": as_of.isoformat(), "finished_at": now, "stages": result.stages,
                        "cards": {name: asdict(card) for name, card in result.cards.items()}}  # fmt: skip
            (self.root / "runs").mkdir(exist_ok=True)
            write_json(self.root / "runs" / f"{result.run_id}.json", manifest)
            pointer.write(self.root)
            before = {(self.root / current.file).parent, self.root / current.facts} if current else set()
            now_kept = {*(stage.folder for stage in kept), self.stages.folder(QUALITY, self.measured)}
            self.stages.sweep(now_kept | (set() if self.forgotten.pending else before))


def answered(asker: Asker, question: Question, known: Mapping[str, Output], own: Duck) -> Answer:
    """The answer to one question, asked on a connection of its own."""
    return asked_or_failed(replace(asker, duck=own), question, known)
