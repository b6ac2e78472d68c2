"""Every page that the browser tests look at, below the served fake. A part that adds pages adds them here, once.

axe, keyboard, sideways scrolling, target sizes and the cookie walk then cover them, light and dark, narrow and wide.
``site_pages.py`` says of every page where it is looked at, and fails where there is none.
"""

PAGES = (
    "/", "/en/", "/mail", "/mail/m1", "/home-cleaning/", "/home-cleaning/en/", "/home-cleaning/pesan",
    "/home-cleaning/en/book", "/home-cleaning/privasi", "/home-cleaning/en/privacy", "/home-cleaning/janji",
    "/home-cleaning/en/promises", "/home-cleaning/syarat", "/home-cleaning/periksa",
    "/home-cleaning/k/link-0", "/home-cleaning/k/link-e", "/home-cleaning/c/cap-1", "/home-cleaning/none/none",
    "/home-cleaning/hubungi", "/home-cleaning/en/contact",
    "/home-cleaning/kuki", "/home-cleaning/en/cookies", "/home-cleaning/privasi/riwayat",
    "/home-cleaning/privasi/versi/1", "/home-cleaning/privasi/perubahan/2", "/home-cleaning/berita",
    "/home-cleaning/en/news",
    "/home-cleaning/janji/bagian/purposes", "/home-cleaning/pusat-privasi", "/home-cleaning/pusat-privasi/terkirim",
)  # fmt: skip
# The other examples: the same templates in another look, so that two of the four ways of looking are enough.
OTHERS = ("online-store", "point-of-sale", "hosting", "office-booking")
LOOKS = (
    *(f"/{slug}/{page}" for slug in OTHERS for page in ("", "en/book")),
    "/online-store/formulir/kabar", "/office-booking/en/form/profile", "/office-booking/en/privacy-centre",
    "/office-booking/pusat-privasi/sandi", "/home-cleaning/en/promises/state/kept", "/home-cleaning/privasi/berkas/2",
)  # fmt: skip
