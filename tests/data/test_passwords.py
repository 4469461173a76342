from data.passwords import Argon2Passwords


def test_a_digest_fits_its_password_only() -> None:
    passwords = Argon2Passwords()
    digest = passwords.digest("correct horse battery")
    assert digest.startswith("$argon2id$")
    assert passwords.fits(digest, "correct horse battery")
    assert not passwords.fits(digest, "correct horse batterz")
    assert not passwords.fits("not a digest", "x")
    assert not passwords.fits(passwords.nobodys, "")
