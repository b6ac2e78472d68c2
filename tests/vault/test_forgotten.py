"""A key that another process destroyed is forgotten here too, whether it was used or only loaded."""


async def test_epochs_and_backup_keys_that_were_only_loaded_are_forgotten(world):
    ours = world.keystore
    for at in (("epoch", "fineclean", "", 7), ("backup", "", "b1", 1), ("mac", "fineclean", "", 1)):
        ours.keep(*at)
        assert ours.known(*at)
    other = world.open_keystore()
    other.destroy("epoch", "fineclean", "", 7)
    other.destroy("backup", "", "b1", 1)
    other.close()
    ours.refresh()  # as each transaction does
    assert ours.known("epoch", "fineclean", "", 7) is None
    assert ours.known("backup", "", "b1", 1) is None
    assert ours.known("mac", "fineclean", "", 1)


async def test_the_secret_of_a_link_or_session_has_one_writing_only(world):
    secret = "AbCd5678 0812-3456-7890ＡＢ"
    for field in ("link", "session"):
        ours = world.vault.index(field, secret)
        others = (secret.lower(), secret.swapcase(), secret + " ", secret.replace("Ａ", "A"), "0812 3456 7890")
        assert ours not in {world.vault.index(field, other) for other in others}
        phones = {world.vault.index(field, said) for said in ("081234567890", "+6281234567890", "6281234567890")}
        assert len(phones) == 3
        assert world.vault.index(field, "a@B.example") != world.vault.index(field, "A@b.example")
        assert len(world.vault.index(field, "\udcff")) == 16
    assert world.vault.index("identity.phone", "081234567890") == world.vault.index("identity.phone", "+6281234567890")
