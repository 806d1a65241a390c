"""What is there before a place is photographed: sums, and someone who was told."""

from apps.audit.actions import Action
from apps.audit.record import record
from apps.disclaimers import drafting, watching
from apps.evidence import recording, sealing
from apps.exports import files
from apps.jobs import queue
from apps.jobs.models import Job
from apps.jobs.running import Runner
from apps.notices import telling
from apps.notices.models import Notice
from apps.staff.models import StaffMember
from apps.tenants import invitations
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import person
from tests.disclaimers.conftest import approved, connect_tokeny, published, written
from tests.overview.conftest import begin, read_anew, work_off
from tests.stand_in import Sandbox


def added_up(sandbox: Sandbox) -> None:
    read_anew(Tenant.objects.get(slug="acme"))


def adding_up(sandbox: Sandbox) -> None:
    job = begin(Tenant.objects.get(slug="acme"))
    Job.objects.filter(pk=job.pk).update(steps=500, of=1420)


def added_up_once(sandbox: Sandbox) -> None:
    """Yesterday; today the key is rejected, and Issuance does not answer."""
    added_up(sandbox)
    sandbox.fault("status", path="/api/", value=403)
    begin(Tenant.objects.get(slug="acme"))
    work_off()


def told(sandbox: Sandbox) -> dict[str, str]:
    """One who was told that a version waits."""
    acme = Tenant.objects.get(slug="acme")
    cora, max_ = person("cora@acme.example", acme, "compliance"), person("max@acme.example", acme, "manager")
    assert max_.member
    drafting.send_for_approval(written(acme, max_, "A text."), max_.member)
    link = telling.stop_link(Notice.objects.get(person=cora.member))
    return {"stop": "/" + link.partition("//")[2].partition("/")[2]}


def waiting(sandbox: Sandbox) -> None:
    """Sums, and a version that waits for approval."""
    added_up(sandbox)
    told(sandbox)


def invited(sandbox: Sandbox) -> dict[str, str]:
    """Somebody who has no account yet, and somebody else who waits."""
    acme = Tenant.objects.get(slug="acme")
    ana = person("ana@acme.example", acme, "owner").member
    assert ana
    for name in ("Priya Natarajan", "Lena Hoffmann"):
        email = f"{name.split()[0].lower()}@acme.example"
        made = invitations.invite(acme, email, name, Role.SUPPORT, ana)
    return {"invitation": f"/accounts/invitations/{invitations.token_of(made)}/"}


def lived_in(sandbox: Sandbox) -> None:
    """A day of a team's work, in the audit log; most of it sealed."""
    acme = Tenant.objects.get(slug="acme")
    told(sandbox)
    for email, name in (("cora@acme.example", "Cora Lindqvist"), ("max@acme.example", "Max Bell")):
        StaffMember.objects.filter(email=email).update(name=name)
    cora, max_ = (StaffMember.objects.get(email=f"{name}@acme.example") for name in ("cora", "max"))
    record(Action.INVESTMENT_VIEWED, actor=cora, tenant=acme.id, subject="investment:7", ids=[7])
    record(Action.INVESTMENTS_LISTED, actor=max_, tenant=acme.id, ids=[7, 8, 9], filters=["status", "amount"])
    record(Action.REFUSED, actor=max_, tenant=acme.id, permission="manage members", role="manager")
    record(Action.MEMBER_CHANGED, actor=cora, tenant=acme.id, subject=f"staff:{max_.pk}", role="support")
    record(Action.KEY_REPLACED, actor=cora, about=acme.issuance_keys.get(), label="Main", state="working")
    sealing.work_off()
    record(Action.EXPORT_VERIFIED, actor=cora, tenant=acme.id, sha256="9f2c" * 16, genuine=True)


def gone_live(sandbox: Sandbox) -> None:
    """Two texts that were published, one of which somebody changed in Tokeny."""
    acme = Tenant.objects.get(slug="acme")
    connect_tokeny(acme, sandbox)
    max_, cora = person("max@acme.example", acme, "manager"), person("cora@acme.example", acme, "compliance")
    for title in ("Risk factors", "Test the waters"):
        made = written(acme, max_, f"{title}.\n", title)
        approved(made, max_, cora)
        push = published(made, max_)
    sandbox.by_others("Another text.", id=push.tokeny_id)
    watching.compare(acme)


def record_made(sandbox: Sandbox) -> None:
    acme = Tenant.objects.get(slug="acme")
    gone_live(sandbox)
    queue.add(acme, StaffMember.objects.get(email="cora@acme.example"), files.RECORD, {})
    Runner({files.RECORD: recording.make}).work_here()


def contradicting(sandbox: Sandbox) -> None:
    over = {
        "archived": True,
        "status": "opened",
        "non_accredited_investors": True,
        "support_email": "",
        "description": None,
    }
    sandbox.fault("changed", path="/api/offerings/3/", value=over)
