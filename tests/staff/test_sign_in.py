from django.core import mail

from apps.audit.models import Entry
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD, Person, person, sent_link


def test_signing_in_leads_to_where_one_was_going(nobody: Person, acme: Tenant) -> None:
    person("ana@acme.example", acme, "owner")
    asked = "/acme/investments/?status=received"
    form = nobody.get(asked)
    assert "<h1>Sign in</h1>" in form
    assert 'value="/acme/investments/?status=received"' in form
    page = nobody.post("/accounts/login/", login="ANA@acme.example", password=PASSWORD, next=asked)
    assert "Status is Received" in page


def test_a_wrong_password_says_no_more_than_that(nobody: Person, acme: Tenant) -> None:
    person("ana@acme.example", acme, "owner")
    wrong = nobody.post("/accounts/login/", login="ana@acme.example", password="wrong-horse")
    unknown = nobody.post("/accounts/login/", login="who@acme.example", password="wrong-horse")
    for page in (wrong, unknown):
        assert "The email address and/or password you specified are not correct." in page
        assert "wrong-horse" not in page


def test_after_signing_in_nobody_is_sent_to_another_site(nobody: Person, acme: Tenant) -> None:
    person("ana@acme.example", acme, "owner")
    done = nobody.client.post(
        "/accounts/login/", {"login": "ana@acme.example", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert done.headers["Location"] == "/"


def test_many_wrong_passwords_are_slowed_down(nobody: Person, acme: Tenant) -> None:
    person("ana@acme.example", acme, "owner")
    pages = [nobody.post("/accounts/login/", login="ana@acme.example", password=f"wrong-{n}") for n in range(12)]
    assert "Too many failed sign-ins for this email." in pages[-1]


def test_signing_out_ends_it(ana: Person) -> None:
    ana.post("/accounts/logout/")
    assert "<h1>Sign in</h1>" in ana.get("/acme/investments/")


def test_a_session_opens_nothing_once_its_person_may_not_come_in(ana: Person) -> None:
    assert ana.member
    assert "<h1>Members" in ana.get("/acme/settings/members/")
    ana.member.is_active = False
    ana.member.save()
    assert "<h1>Sign in</h1>" in ana.get("/acme/settings/members/")


def test_a_new_password_ends_the_sessions_of_the_old_one(ana: Person) -> None:
    assert ana.member
    ana.member.set_password("another-horse-battery-9")
    ana.member.save()
    assert "<h1>Sign in</h1>" in ana.get("/acme/settings/members/")


def test_nobody_signs_up_by_themselves(nobody: Person, db: None) -> None:
    assert "<h1>Sign in</h1>" in nobody.get("/accounts/signup/")
    nobody.post("/accounts/signup/", email="x@y.example", password1=PASSWORD)
    assert not StaffMember.objects.exists()


def test_a_forgotten_password_is_reset_by_mail(nobody: Person, acme: Tenant) -> None:
    person("ana@acme.example", acme, "owner")
    page = nobody.post("/accounts/password/reset/", email="ana@acme.example")
    assert "Check your email" in page
    link = sent_link()
    form = nobody.get(link)
    done = nobody.post(form.response.request["PATH_INFO"], password1="a-new-long-word-5", password2="a-new-long-word-5")
    assert "Your password is set" in done
    assert StaffMember.objects.get().check_password("a-new-long-word-5")
    assert "This link has expired or was already used" in Person(None, type(nobody.client)()).get(link)


def test_whether_an_address_is_known_is_not_told(nobody: Person, acme: Tenant) -> None:
    assert "Check your email" in nobody.post("/accounts/password/reset/", email="stranger@else.example")
    assert mail.outbox == []


def test_an_address_is_one_person_in_any_case(db: None) -> None:
    StaffMember.objects.create_user("Ana@Acme.example", PASSWORD)
    assert StaffMember.objects.get().email == "ana@acme.example"


def test_sign_ins_refusals_and_sign_outs_are_recorded(nobody: Person, acme: Tenant) -> None:
    ana = person("ana@acme.example", acme, "owner").member
    Entry.objects.all()
    nobody.post("/accounts/login/", login="ana@acme.example", password="wrong-horse")
    nobody.post("/accounts/login/", login="stranger@else.example", password="wrong-horse")
    nobody.post("/accounts/login/", login="ana@acme.example", password=PASSWORD)
    nobody.post("/accounts/logout/")
    assert ana
    told = [
        (entry.action, entry.subject, entry.actor_id)
        for entry in Entry.objects.order_by("pk")
        if "sign" in entry.action
    ]
    assert told[-4:] == [
        ("sign-in refused", f"staff:{ana.pk}", None),
        ("sign-in refused", "", None),
        ("signed in", "", ana.pk),
        ("signed out", "", ana.pk),
    ]


def test_a_form_that_came_too_late_says_that_nothing_was_changed(acme: Tenant) -> None:
    from django.test import Client

    member = person("ana@acme.example", acme, "owner").member
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)  # type: ignore[arg-type]
    answer = client.post("/acme/settings/members/", {"email": "x@y.example", "role": "owner"})
    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()
