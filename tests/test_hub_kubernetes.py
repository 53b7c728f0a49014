"""The hub on Kubernetes, as far as it can be checked without a cluster."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from course.paths import ROOT
from grading import cohort
from grading.hub import accounts, preparing, program, view
from grading.hub.folder import HubFolder
from grading.hub.settings import Limits, Settings
from tests.kubernetes_pod import HERE, documents, stages

VERSIONS = ("1.32", "1.37")

MANIFESTS = sorted((HERE / "manifests").glob("*.yaml")) + sorted((HERE / "prepare").glob("*.yaml"))
OURS = [
    (path.name, document)
    for path in MANIFESTS
    if path.name != "kustomization.yaml"
    for document in documents(path)
]
VALUES = documents(HERE / "values.yaml")[0]
IDS = [f"{name}:{d['kind']}:{d['metadata']['name']}" for name, d in OURS]


def pods(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield metadata and spec of each pod that a manifest would make."""
    spec = document.get("spec") or {}
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    if "template" in spec:
        yield spec["template"]["metadata"], spec["template"]["spec"]


PODS = [(f"{name}:{d['metadata']['name']}", *pod) for name, d in OURS for pod in pods(d)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("name", "document"), OURS, ids=IDS)
def test_our_manifests_fit_the_schema(name: str, document: dict[str, Any], version: str) -> None:
    import kubernetes_validate

    kubernetes_validate.validate(document, version, strict=True)


def test_the_schema_would_have_refused_a_slip() -> None:
    import kubernetes_validate

    slip = yaml.safe_load((HERE / "manifests" / "network.yaml").read_text().split("---")[0])
    slip["spec"]["policytypes"] = slip["spec"].pop("policyTypes")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(slip, VERSIONS[0], strict=True)


def test_kustomize_names_every_manifest() -> None:
    told = documents(HERE / "manifests" / "kustomization.yaml")[0]
    there = {p.name for p in (HERE / "manifests").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(told["resources"]) == there
    images = {c["image"].split(":")[0] for *_, spec in PODS for c in containers(spec)}
    assert images == {entry["name"] for entry in told["images"]}


def containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", []), *spec["containers"]]


@pytest.mark.parametrize(("name", "metadata", "spec"), PODS, ids=[p[0] for p in PODS])
def test_every_container_is_held(name: str, metadata: Any, spec: Any) -> None:
    held(spec, rights=BY_HAND.get(name.partition(":")[0], frozenset()))


# the three jobs that somebody starts by hand, as root, before the namespace is "restricted"
BY_HAND = {
    "folders.yaml": frozenset({"CHOWN", "FOWNER"}),
    "restore.yaml": frozenset({"CHOWN", "FOWNER", "FSETID", "DAC_OVERRIDE"}),
    "forget.yaml": frozenset({"CHOWN", "FOWNER", "FSETID", "DAC_OVERRIDE"}),
}


def held(spec: dict[str, Any], *, rights: frozenset[str] = frozenset()) -> None:
    """Assert what "restricted" asks of a pod, and limits, and a read-only root."""
    whole = spec.get("securityContext", {})
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & set(spec)
    assert not [v for v in spec.get("volumes", []) if "hostPath" in v]
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    if not rights:
        assert whole["runAsNonRoot"] is True
        assert whole["runAsUser"] > 0 and whole["runAsGroup"] > 0
    for container in containers(spec):
        limits = container["resources"]["limits"]
        assert {"cpu", "memory", "ephemeral-storage"} <= set(limits), container["name"]
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"]["drop"] == ["ALL"]
        assert set(own["capabilities"].get("add", [])) == rights
        assert not own.get("privileged")
        mounted = {m["name"] for m in container.get("volumeMounts", [])}
        assert mounted <= {v["name"] for v in spec.get("volumes", [])} | {"data"}


def test_the_host_runs_under_the_number_that_the_hub_gives_it() -> None:
    first = Settings().first_uid
    numbers = {
        spec["securityContext"]["runAsUser"]
        for name, _, spec in PODS
        if not name.startswith(("postgres", *BY_HAND))
    }
    assert numbers == {first}
    assert VALUES["hub"]["containerSecurityContext"]["runAsUser"] == first


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_the_one_job_of_root_makes_the_folders_with_the_rights_it_has(tmp_path: Path) -> None:
    """Its script, run twice, in folders of this test and with the two rights of its pod."""
    (job,) = [d for d in documents(HERE / "prepare" / "folders.yaml") if d["kind"] == "Job"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    script = container["command"][-1]
    for mount in container["volumeMounts"]:
        (tmp_path / mount["name"]).mkdir()
        script = re.sub(
            rf"(?<=[\s\"]){mount['mountPath']}\b", str(tmp_path / mount["name"]), script
        )
    rights = ",".join(f"+{r.lower()}" for r in container["securityContext"]["capabilities"]["add"])
    held = ["setpriv", f"--bounding-set=-all,{rights}", "--inh-caps=-all", "--no-new-privs"]
    for _ in range(2):
        subprocess.run([*held, *container["command"][:-1], script], check=True, cwd="/")
    found = {
        str(path.relative_to(tmp_path)): (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode))
        for path in sorted(tmp_path.rglob("*"))
    }
    folder = HubFolder(tmp_path / "single", tmp_path / "single" / "state")
    folder.exchange.mkdir(parents=True)
    first = Settings().first_uid
    preparing._exchange(folder, Settings(), first)
    for path in (folder.exchange, *folder.exchange.rglob("*")):
        wanted = (first, stat.S_IMODE(path.stat().st_mode))
        assert found[str(path.relative_to(folder.base))] == wanted, path
    assert found["state"] == found["backups"] == found["hub-secret"] == (first, 0o700)


# ---- the network ----------------------------------------------------------------------


def policies() -> list[dict[str, Any]]:
    return [d for _, d in OURS if d["kind"] == "NetworkPolicy"]


def test_the_network_is_closed_unless_opened() -> None:
    (closed,) = [p for p in policies() if p["metadata"]["name"] == "closed"]
    assert closed["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_no_rule_of_ours_reaches_a_trainees_pod_or_opens_to_one() -> None:
    # what the chart and KubeSpawner call a trainee's pod
    trainee = {"app": "jupyterhub", "component": "singleuser-server"}
    for policy in policies():
        spec = policy["spec"]
        if policy["metadata"]["name"] != "closed":
            assert not matches(spec["podSelector"], trainee), policy["metadata"]["name"]
        for rule in spec.get("ingress") or []:
            assert rule["from"], "an empty list lets everybody in"
            for peer in rule["from"]:
                assert "podSelector" in peer and not matches(peer["podSelector"], trainee)


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Say whether a selector of Kubernetes takes a pod; no other operators are used by us."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions", []):
        if rule["operator"] == "In" and labels.get(rule["key"]) not in rule["values"]:
            return False
        if rule["operator"] == "Exists" and rule["key"] not in labels:
            return False
    return True


def test_a_way_out_to_an_address_never_includes_the_metadata_address() -> None:
    blocks = [
        peer["ipBlock"]
        for policy in policies()
        for rule in policy["spec"].get("egress") or []
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    assert blocks  # the cluster's API
    assert all("169.254.0.0/16" in block["except"] for block in blocks)


def test_each_service_of_ours_is_reached_by_those_who_need_it_and_nobody_else() -> None:
    def labels(part: str) -> dict[str, str]:
        return next(m["labels"] for _, m, _ in PODS if m["labels"]["course.part"] == part)

    hub = {"app": "jupyterhub", "component": "hub"}
    proxy = {"app": "jupyterhub", "component": "proxy"}
    trainee = {"app": "jupyterhub", "component": "singleuser-server"}
    callers = {"hub": hub, "proxy": proxy, "trainee": trainee} | {
        part: labels(part) for part in ("host", "scheduler", "worker", "backup", "postgres")
    }

    def reach(port: int, part: str) -> set[str]:
        found = set()
        for policy in policies():
            if not matches(policy["spec"]["podSelector"], labels(part)):
                continue
            for rule in policy["spec"].get("ingress") or []:
                if any(p["port"] == port for p in rule.get("ports", [{"port": port}])):
                    for peer in rule["from"]:
                        found |= {n for n, c in callers.items() if matches(peer["podSelector"], c)}
        return found

    assert reach(5432, "postgres") == {"hub", "host", "backup"}
    assert reach(8786, "scheduler") == {"host", "worker"}
    assert reach(40000, "worker") == {"scheduler", "worker"}
    assert reach(8891, "host") == {"hub", "proxy"}


def test_trainees_reach_names_and_the_hub_only() -> None:
    rules = VALUES["singleuser"]["networkPolicy"]
    assert rules["enabled"] is True and rules["egress"] == [] and rules["ingress"] == []
    open_ = {name for name, on in rules["egressAllowRules"].items() if on}
    # the chart itself adds the hub's API and the proxy
    assert open_ == {"dnsPortsKubeSystemNamespace"}
    assert VALUES["singleuser"]["cloudMetadata"]["blockWithIptables"] is False
    for part in (VALUES["hub"], VALUES["proxy"]["chp"]):
        assert part["networkPolicy"]["enabled"] is True
        assert part["networkPolicy"]["egressAllowRules"]["cloudMetadataServer"] is False


# ---- the chart's values ---------------------------------------------------------------


def unknown(values: Any, keys: Any, path: str = "") -> list[str]:
    """Return the keys of values that the chart would not know."""
    if keys == "*" or not isinstance(values, dict):
        return []
    if not isinstance(keys, dict):
        return [f"{path} has parts"]
    found = []
    for key, value in values.items():
        here = f"{path}.{key}".lstrip(".")
        found += unknown(value, keys[key], here) if key in keys else [here]
    return found


def test_the_chart_knows_every_key_of_the_values() -> None:
    told = documents(HERE / "chart_keys.yml")[0]
    assert told["chart"] == "jupyterhub" and told["version"] in (HERE / "README.md").read_text()
    assert unknown(VALUES, told["keys"]) == []
    assert unknown({"hub": {"cookieSekret": "x"}, "singleuser": {"cpu": {"max": 1}}},
                   told["keys"]) == ["hub.cookieSekret", "singleuser.cpu.max"]  # fmt: skip


def test_the_pod_before_the_hub_is_of_the_hubs_image_and_held() -> None:
    hub = VALUES["hub"]
    (first,) = hub["initContainers"]
    assert first["image"] == f"{hub['image']['name']}:{hub['image']['tag']}"
    volumes = hub["extraVolumes"]
    held({**hub["podSecurityContext"], "initContainers": [first], "containers": [],
          "securityContext": {**hub["podSecurityContext"], **first["securityContext"]},
          "automountServiceAccountToken": False, "volumes": volumes})  # fmt: skip


def test_every_part_of_the_chart_has_limits() -> None:
    for part in (
        VALUES["hub"], VALUES["proxy"]["chp"], VALUES["prePuller"], VALUES["prePuller"]["hook"],
        VALUES["scheduling"]["userScheduler"],
    ):  # fmt: skip
        assert {"cpu", "memory"} <= set(part["resources"]["limits"])
        own = part["containerSecurityContext"]
        assert own["runAsNonRoot"] is True and own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]} and own["readOnlyRootFilesystem"] is True


def test_the_numbers_are_those_of_one_machine() -> None:
    settings = Settings()
    limits: Limits = settings.limits
    user = VALUES["singleuser"]
    assert user["memory"]["limit"] == limits.memory_mb * 1_000_000
    assert user["memory"]["guarantee"] <= user["memory"]["limit"]
    assert user["storage"]["capacity"] == f"{limits.home_mb}M"
    tmp = next(v for v in user["storage"]["extraVolumes"] if v["name"] == "tmp")
    assert tmp["emptyDir"]["sizeLimit"] == f"{limits.tmp_mb}M"
    assert VALUES["cull"]["timeout"] == settings.idle_minutes * 60
    assert VALUES["cull"]["maxAge"] == settings.longest_hours * 3600
    assert VALUES["hub"]["allowNamedServers"] is False
    mounts = {m["mountPath"] for m in user["storage"]["extraVolumeMounts"]}
    assert view.EXCHANGE in mounts and f"{view.EXCHANGE}/smartcity/inbound" in mounts
    assert user["storage"]["homeMountPath"] == view.HOME


def test_a_trainee_can_write_in_the_exchange_only_where_hand_ins_go() -> None:
    mounts = VALUES["singleuser"]["storage"]["extraVolumeMounts"]
    writable = [m for m in mounts if m["name"] == "exchange" and not m.get("readOnly")]
    assert [m["subPath"] for m in writable] == ["smartcity/inbound"]
    claims = {
        v["persistentVolumeClaim"]["claimName"]
        for v in VALUES["singleuser"]["storage"]["extraVolumes"]
        if "persistentVolumeClaim" in v
    }
    assert claims == {"exchange"}  # no state, no table of numbers, no backups


SECRET = re.compile(
    r"(?i)(password|passwd|secret|token|private_key|client_secret|api_?key|cookie)\w*\"?(?::|\s*=)"
    r"[ \t]*[\"']?(?![{\"'$]|course-|null|hub\.|folder\.|/|False|True|[a-z_]+\()[\w+/=-]{6,}"
)


IMAGE_HOST = re.compile(
    r"(?im)(?:^\s*FROM\s+|image:\s*[\"']?|name:\s*[\"']?|index-url[= ]\S*?|registry[=:]\s*\S*?)"
    r"[\w-]+(?:\.[\w-]+)*\.(?:io|com|org|net|dev)(?:[/:]\S|$)"
)


def test_no_secret_and_no_address_of_a_registry_stands_in_a_file() -> None:
    assert SECRET.search("client_secret: abcdef123456")
    assert IMAGE_HOST.search("FROM images.example.io/python:3")
    assert IMAGE_HOST.search("image: images.example.com/library/postgres")
    assert IMAGE_HOST.search("pip install --index-url https://packages.example.org/simple x")
    assert not IMAGE_HOST.search("FROM ${BASE}\nimage: course-hub:1")
    assert SECRET.search('cookieSecret: "0f0f0f0f0f0f"')
    for path in sorted(p for p in HERE.rglob("*") if p.is_file() and "__pycache__" not in str(p)):
        text = path.read_text(encoding="utf-8")
        # an image or a package named with the host it comes from: HOST.TLD/NAME
        assert not IMAGE_HOST.search(text), (path, IMAGE_HOST.search(text))
        if path.suffix in (".yaml", ".yml", ".py") or path.name == "Dockerfile":
            assert not SECRET.search(text), (path, SECRET.search(text))
            assert "BEGIN" not in text or "PRIVATE KEY" not in text
    kinds = {d["kind"] for _, d in OURS}
    assert "Secret" not in kinds


def test_the_readme_says_first_that_it_was_never_deployed() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert text.split("\n\n")[1].startswith("**Never deployed by us.**")
    assert "NEVER DEPLOYED BY US" in (HERE / "values.yaml").read_text(encoding="utf-8")[:400]
    made = set(re.findall(r"create secret (?:generic|tls) ([\w-]+)", text))
    manifests = "".join(p.read_text(encoding="utf-8") for p in [*MANIFESTS, HERE / "values.yaml"])
    asked = set(re.findall(r"secretKeyRef: \{name: (course-[\w-]+)", manifests))
    asked |= set(re.findall(r"secret(?:Name)?: \{(?:secretN|n)ame: (course-[\w-]+)", manifests))
    assert asked == made


# ---- growing, and no further ------------------------------------------------------------


def number(text: Any) -> float:
    """Return a quantity of Kubernetes."""
    units = {"m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 1e3, "M": 1e6, "G": 1e9}
    digits, unit = re.fullmatch(r"([\d.]+)([a-zA-Z]*)", str(text)).groups()
    return float(digits) * units.get(unit, 1)


def taken(spec: dict[str, Any], what: str, of: str) -> float:
    """Return what a pod takes: the sum of its containers, or its largest first one."""
    values = lambda cs: [number(c["resources"][what][of]) for c in cs]  # noqa: E731
    return max([sum(values(spec["containers"])), *values(spec.get("initContainers", []))])


def course_takes(people: int) -> dict[str, float]:
    """Return what everything takes with so many people and the most workers."""
    (scaler,) = [d for _, d in OURS if d["kind"] == "HorizontalPodAutoscaler"]
    most = {"worker": scaler["spec"]["maxReplicas"]}
    ours = [(spec, most.get(m["labels"]["course.part"], 1)) for _, m, spec in PODS]
    scheduler = VALUES["scheduling"]["userScheduler"]
    chart = [(VALUES["hub"], 1), (VALUES["proxy"]["chp"], 1), (scheduler, scheduler["replicas"])]
    user = VALUES["singleuser"]
    seats = people + VALUES["scheduling"]["userPlaceholder"]["replicas"]
    found = {"pods": seats + sum(n for _, n in ours) + sum(n for _, n in chart)}
    for what, of in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
        part = user["cpu" if of == "cpu" else "memory"]
        own = part["guarantee" if what == "requests" else "limit"]
        found[f"{what}.{of}"] = (
            seats * own
            + sum(n * taken(spec, what, of) for spec, n in ours)
            + sum(n * number(p["resources"][what][of]) for p, n in chart)
        )
    claims = [d["spec"] for _, d in OURS if d["kind"] == "PersistentVolumeClaim"]
    claims += [
        c["spec"] for _, d in OURS for c in d.get("spec", {}).get("volumeClaimTemplates", [])
    ]
    found["persistentvolumeclaims"] = len(claims) + people
    found["requests.storage"] = people * number(user["storage"]["capacity"]) + sum(
        number(c["resources"]["requests"]["storage"]) for c in claims
    )
    return found


def test_the_quota_holds_forty_people_and_bounds_more() -> None:
    (quota,) = [d for _, d in OURS if d["kind"] == "ResourceQuota"]
    hard = {name: number(value) for name, value in quota["spec"]["hard"].items()}
    people = VALUES["hub"]["activeServerLimit"]
    for name, value in course_takes(people).items():
        assert value <= hard[name], (name, value)
    assert [n for n, v in course_takes(people + 10).items() if v > hard[n]]
    assert f"at {people} people" in (HERE / "README.md").read_text(encoding="utf-8")


def test_no_container_asks_for_more_than_the_namespace_lets_one_have() -> None:
    (limits,) = [d["spec"]["limits"] for _, d in OURS if d["kind"] == "LimitRange"]
    most = next(one["max"] for one in limits if one["type"] == "Container")
    largest = next(one["max"] for one in limits if one["type"] == "PersistentVolumeClaim")
    for *_, spec in PODS:
        for container in containers(spec):
            for of, value in container["resources"]["limits"].items():
                assert number(value) <= number(most[of]), (container["name"], of)
    user = VALUES["singleuser"]
    assert user["memory"]["limit"] == number(most["memory"])
    assert user["cpu"]["limit"] <= number(most["cpu"])
    for _, document in OURS:
        if document["kind"] == "PersistentVolumeClaim":
            asked = document["spec"]["resources"]["requests"]["storage"]
            assert number(asked) <= number(largest["storage"])


def test_the_workers_number_is_set_by_one_only() -> None:
    (scaler,) = [d["spec"] for _, d in OURS if d["kind"] == "HorizontalPodAutoscaler"]
    target = scaler["scaleTargetRef"]
    named = {(d["kind"], d["metadata"]["name"]): d for _, d in OURS}
    worker = named[target["kind"], target["name"]]
    assert "replicas" not in worker["spec"]  # each `apply` would set it back
    assert all("cpu" in c["resources"]["requests"]
               for c in worker["spec"]["template"]["spec"]["containers"])  # fmt: skip
    assert [d["spec"]["replicas"] for _, d in OURS
            if d["kind"] == "Deployment" and d is not worker] == [1, 1]  # fmt: skip


def test_only_the_charts_pods_go_to_peoples_nodes() -> None:
    scheduling = VALUES["scheduling"]
    assert scheduling["userPods"]["nodeAffinity"]["matchNodePurpose"] == "require"
    assert scheduling["podPriority"]["enabled"] and scheduling["userScheduler"]["enabled"]
    assert scheduling["podPriority"]["userPlaceholderPriority"] == -10
    assert not [name for name, _, spec in PODS if spec.get("tolerations")]


def test_the_note_on_cost_counts_what_the_files_claim() -> None:
    from grading.hub import costing

    user = VALUES["singleuser"]
    assert user["memory"]["guarantee"] / 1e6 == costing.SEAT_MB
    assert user["cpu"]["guarantee"] == costing.SEAT_CORES
    assert VALUES["scheduling"]["userPlaceholder"]["replicas"] == costing.EMPTY_SEATS
    takes = course_takes(0)["requests.storage"]
    assert takes / 2**30 == costing.VOLUMES_GB
    assert number(user["storage"]["capacity"]) / 1e9 == costing.HOME_GB


# ---- images ---------------------------------------------------------------------------


def test_the_recipe_copies_no_key_into_the_trainees_image() -> None:
    recipe = stages()
    seen = [w for step in recipe["trainee"] if step[0] in ("COPY", "ADD") for w in step[1:]]
    assert [w for w in seen if w.startswith("/program/")] == [
        "/program/course", "/program/datasets", "/program/jupyter",
    ]  # fmt: skip
    assert recipe["trainee"][0] == ["FROM", "environment", "AS", "trainee"]
    for step in recipe["trainee"] + recipe["environment"]:
        if step[0] in ("COPY", "ADD"):
            words = " ".join(step)
            assert not re.search(r"\b(grading|modules|tests)\b|(^| )\.( |$)", words), words
    # the base has no default: nothing is pulled that nobody chose
    assert ["ARG", "BASE"] in next(iter(recipe.values())) or "ARG BASE\n" in (
        HERE / "Dockerfile"
    ).read_text(encoding="utf-8")
    assert all(step[-1] != "0" for name in ("trainee", "host", "hub")
               for step in [s for s in recipe[name] if s[0] == "USER"][-1:])  # fmt: skip


def test_the_hosts_image_can_dump_the_server_of_the_manifests() -> None:
    recipe = stages()
    (version,) = [w.partition("=")[2] for s in recipe["host"] if s[0] == "ARG" for w in s[1:]]
    installs = [" ".join(s) for s in recipe["host"] if s[0] == "RUN" and "apt-get" in s]
    assert installs and all("postgresql-client-${POSTGRES}" in line for line in installs)
    told = documents(HERE / "manifests" / "kustomization.yaml")[0]["images"]
    assert [one["newTag"] for one in told if one["name"] == "postgres"] == [version]
    text = (HERE / "manifests" / "postgres.yaml").read_text(encoding="utf-8")
    assert f"image: postgres:{version}" in text and f"/data/{version}" in text
    assert f"postgresql-client-{version}" in (HERE / "README.md").read_text(encoding="utf-8")
    # hub and trainee: the one is built upon it, the other must not have it
    assert recipe["hub"][0][1] == "host" and recipe["trainee"][0][1] == "environment"


def test_what_the_recipe_takes_is_there_and_the_builder_sees_it() -> None:
    ignore = (HERE / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    for steps in stages().values():
        for step in steps:
            if step[0] != "COPY" or any(w.startswith("--from") for w in step):
                continue
            for source in step[1:-1]:
                assert (ROOT / source).exists(), source
                assert source.split("/")[0] in allowed, source
    assert "tests" not in allowed and ".git" not in allowed


def test_the_trainees_program_runs_alone_and_holds_no_key(tmp_path: Path) -> None:
    """The three folders the recipe takes, laid out as in the image, in a process of their own."""
    made = program.make(tmp_path / "programs")
    assert {p.name for p in made.iterdir()} == {"course", "datasets", "jupyter"}
    assert not [p for p in made.rglob("*") if p.name in ("answer_key", "grading", "instructor.md")]
    said = subprocess.run(
        [sys.executable, "-c",
         "import sys, course.on_hub, course.answers; from importlib.machinery import PathFinder;"
         "print(course.__file__, PathFinder.find_spec('grading', sys.argv[1:]))", str(made)],
        cwd=made, env={"PYTHONPATH": str(made), "HOME": str(tmp_path), "PYTHONSAFEPATH": "1"},
        text=True, capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert said.split() == [str(made / "course" / "__init__.py"), "None"]


def test_the_lock_of_the_hubs_image_agrees_with_the_hosts() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.M))

    text = (HERE / "requirements-kubernetes.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|-c /", text)
    small, host = pins(HERE / "requirements-kubernetes.lock"), pins(ROOT / "requirements-hub.lock")
    assert "jupyterhub-kubespawner" in small and "pycurl" in small
    shared = set(small) & set(host)
    assert "jupyterhub" in shared
    assert {n: small[n] for n in shared} == {n: host[n] for n in shared}
    blocks = re.split(r"^(?=\S)", text, flags=re.M)
    assert all("--hash=sha256:" in b for b in blocks if "==" in b)


# ---- the database's first start, on a real PostgreSQL ------------------------------------


def test_the_two_owners_of_the_database_cannot_read_each_other(tmp_path: Path) -> None:
    import psycopg

    from tests.followup_postgres import running

    script = next(d for n, d in OURS if d["kind"] == "ConfigMap")["data"]["databases.sh"]
    secrets = {"hub": "a'b\"c $(x)", "gradebook": "\\d;--"}
    with running(password="first") as postgres:
        path = tmp_path / "databases.sh"
        path.write_text(script.replace("--username postgres", "--username test --dbname postgres"))
        env = {**os.environ, "PGHOST": str(postgres.base), "PGPASSWORD": "first"}
        env |= {f"{name.upper()}_PASSWORD": word for name, word in secrets.items()}
        subprocess.run(["sh", path], env=env, check=True, capture_output=True)
        for name, other in (("hub", "gradebook"), ("gradebook", "hub")):
            who = {"host": str(postgres.base), "user": name, "password": secrets[name]}
            with psycopg.connect(**who, dbname=name) as own:
                own.execute("create table t (x int)")
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(**who, dbname=other)
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(**{**who, "password": "guess"}, dbname=name)


# ---- a trainee's pod, built by KubeSpawner ------------------------------------------------


@pytest.fixture
def hub_folder(tmp_path: Path) -> HubFolder:
    return HubFolder(tmp_path / "hub", tmp_path / "hub" / "state")


def test_each_person_has_a_number_and_only_their_own_variables(hub_folder: HubFolder) -> None:
    from grading.hub.kubernetes import pods as ours
    from grading.hub.rooms import Rooms

    rooms = Rooms(hub_folder, Settings())
    made = {}
    for name in ("test-ana", "test-하나"):
        spawner = SimpleNamespace(
            user=SimpleNamespace(name=name), environment={"FROM_CHART": "1"}, image="trainee:1"
        )
        ours.before_start(rooms, spawner)
        made[name] = spawner
    table = accounts.read(hub_folder.accounts)
    assert {n: s.uid for n, s in made.items()} == table.people
    assert len(set(table.people.values()) | {table.host}) == 3
    for name, spawner in made.items():
        assert spawner.uid == spawner.gid == spawner.fs_gid
        assert spawner.pod_security_context["runAsUser"] == spawner.uid
        assert spawner.environment["COURSE_TRAINEE"] == name
        assert spawner.environment["FROM_CHART"] == "1"
        assert not {"PATH", "PYTHONPATH"} & set(spawner.environment)  # the image's own
        assert str(hub_folder.base) not in json.dumps(spawner.environment)
        (names,) = spawner.init_containers
        line = names["env"][0]["value"]
        assert line == f"{name}:x:{spawner.uid}:{spawner.uid}::/home/trainee:/bin/bash\n"
        assert name not in " ".join(names["command"])


def test_the_host_s_number_is_nobodys(hub_folder: HubFolder) -> None:
    from course.errors import CourseError
    from grading.hub.kubernetes import pods as ours

    rooms = SimpleNamespace(settings=Settings(), uid=lambda person: Settings().first_uid)
    with pytest.raises(CourseError, match=r"number 200000"):
        ours.before_start(rooms, SimpleNamespace(user=SimpleNamespace(name="test-ana")))


def test_the_pod_of_a_trainee_is_held_and_fits_the_schema(
    hub_folder: HubFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KubeSpawner's own manifest from our values and our hook."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("kubespawner", reason="jupyterhub-kubespawner is not installed")
    import kubernetes_validate
    from traitlets.config import Config

    from grading.hub.kubernetes import pods as ours
    from grading.hub.rooms import Rooms

    user = VALUES["singleuser"]
    c = Config()
    # as the chart's own configuration hands these keys to KubeSpawner
    c.KubeSpawner.image = f"{user['image']['name']}:{user['image']['tag']}"
    c.KubeSpawner.uid, c.KubeSpawner.fs_gid = user["uid"], user["fsGid"]
    c.KubeSpawner.cpu_limit, c.KubeSpawner.cpu_guarantee = user["cpu"]["limit"], 0.1
    c.KubeSpawner.mem_limit = user["memory"]["limit"]
    c.KubeSpawner.mem_guarantee = user["memory"]["guarantee"]
    c.KubeSpawner.extra_resource_limits = user["extraResource"]["limits"]
    storage = user["storage"]
    claim, volume = (storage["dynamic"][k] for k in ("pvcNameTemplate", "volumeNameTemplate"))
    c.KubeSpawner.pvc_name_template = claim
    c.KubeSpawner.volumes = [
        {"name": volume, "persistentVolumeClaim": {"claimName": "{pvc_name}"}},
        *storage["extraVolumes"],
    ]
    c.KubeSpawner.volume_mounts = [
        {"name": volume, "mountPath": storage["homeMountPath"]}, *storage["extraVolumeMounts"],
    ]  # fmt: skip
    rooms = Rooms(hub_folder, Settings())
    ours.spawn(c, rooms)
    nowhere = {"clusters": [{"name": "n", "cluster": {"server": "http://127.0.0.1:9"}}],
               "contexts": [{"name": "n", "context": {"cluster": "n", "user": "n"}}],
               "users": [{"name": "n", "user": {}}], "current-context": "n"}  # fmt: skip
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(nowhere))
    place = "kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION"
    monkeypatch.setattr(place, str(tmp_path / "kubeconfig"))
    name = "test-Ana.하나"
    manifest = asyncio.run(_pod(c, name))
    for version in VERSIONS:
        kubernetes_validate.validate(manifest, version, strict=False)
    held(manifest["spec"])
    uid = accounts.read(hub_folder.accounts).people[name]
    assert manifest["spec"]["securityContext"]["runAsUser"] == uid
    (server,) = manifest["spec"]["containers"]
    assert server["securityContext"].get("runAsUser", uid) == uid
    words = [*server.get("command", []), *server["args"]]
    assert words[0] == "/usr/bin/prlimit" and "course.on_hub" in words
    assert server["resources"]["limits"]["memory"] == user["memory"]["limit"]


async def _pod(c: Any, name: str) -> dict[str, Any]:
    """Return the manifest of a person's pod after the hub's hook."""
    from jupyterhub.utils import maybe_future
    from kubernetes_asyncio.client import ApiClient
    from kubespawner import KubeSpawner

    spawner = KubeSpawner(config=c, _mock=True)
    spawner.user = SimpleNamespace(
        name=name, id=7, escaped_name="test-ana", url="/user/test", settings={}
    )
    spawner.api_token, spawner.oauth_client_id = "x" * 8, "jupyterhub-user-test"
    spawner.oauth_access_scopes, spawner.oauth_client_allowed_scopes = [], []
    spawner.hub = SimpleNamespace(
        public_host="", api_url="http://hub:8081/hub/api", base_url="/hub/", port=8081
    )
    spawner.server = SimpleNamespace(base_url="/user/test/")
    await maybe_future(spawner.pre_spawn_hook(spawner))
    async with ApiClient() as api:
        return api.sanitize_for_serialization(await spawner.get_pod_manifest())


def test_the_hubs_own_line_of_configuration_runs(
    hub_folder: HubFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ``hub.extraConfig`` says, on a configuration as the chart leaves it."""
    from traitlets.config import Config

    from grading.hub import services

    monkeypatch.setenv("COURSE_HUB", str(hub_folder.base))
    monkeypatch.setenv("COURSE_STATE", str(hub_folder.state))
    hub_folder.base.mkdir(parents=True)
    hub_folder.settings.write_text("instructors: [inga-test]\npublic_url: https://hub.test/\n")
    made = cohort.add(
        hub_folder.grading(ROOT).prepare(),
        _roster(hub_folder.base / "roster.csv", ["ana-test", "ben-test"]),
    )
    assert not made.problems
    c = Config()
    culler = {"name": "jupyterhub-idle-culler", "scopes": ["delete:servers"]}
    c.JupyterHub.load_roles = [culler]
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
    (text,) = VALUES["hub"]["extraConfig"].values()
    exec(compile(text, "course.py", "exec"), {"c": c})
    assert c.JupyterHub.load_groups == {
        services.INSTRUCTORS: {"users": ["inga-test"]},
        services.TRAINEES: {"users": ["ana-test", "ben-test", "inga-test"]},
    }
    names = [role["name"] for role in c.JupyterHub.load_roles]
    assert names[0] == "jupyterhub-idle-culler" and "instructors" in names
    assert not {"culler", "watch"} & set(names)
    assert c.JupyterHub.tornado_settings["slow_spawn_timeout"] == 0
    assert c.JupyterHub.tornado_settings["headers"]["X-Content-Type-Options"] == "nosniff"
    assert c.JupyterHub.cookie_host_prefix_enabled is True
    assert c.JupyterHub.authenticator_class  # of grading.hub.signin
    known = {s["name"] for s in [{"name": n} for n in VALUES["hub"]["services"]]}
    assert known == {services.FORMGRADER, services.DESK}


def _roster(path: Path, names: list[str]) -> Path:
    path.write_text("student_id,name\n" + "".join(f"{n},Test {n}\n" for n in names))
    return path
