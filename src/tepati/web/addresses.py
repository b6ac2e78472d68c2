"""Room web: the address of every page in both languages, in one table; absolute ones from configured origins only."""

from collections.abc import Mapping

LANGUAGES = ("id", "en")

SITE: Mapping[str, tuple[str, str]] = {  # page -> Indonesian, English, below /<organisation>
    "home": ("/", "/en/"),
    "book": ("/pesan", "/en/book"),
    "booked": ("/pesan/diterima", "/en/book/received"),
    "book_code": ("/pesan/kode", "/en/book/code"),
    "form": ("/formulir", "/en/form"),
    "formed": ("/formulir/diterima", "/en/form/received"),
    "notice": ("/privasi", "/en/privacy"),
    "history": ("/privasi/riwayat", "/en/privacy/history"),
    "version": ("/privasi/versi", "/en/privacy/version"),
    "sheets": ("/privasi/berkas", "/en/privacy/files"),
    "changes": ("/privasi/perubahan", "/en/privacy/changes"),
    "vet": ("/privasi/setujui", "/en/privacy/approve"),
    "pdf": ("/privasi/pdf", "/en/privacy/pdf"),
    "news": ("/berita", "/en/news"),
    "board": ("/janji", "/en/promises"),
    "guardian": ("/wali", "/en/guardian"),
    "guardian_said": ("/wali/dijawab", "/en/guardian/answered"),
    "board_part": ("/janji/bagian", "/en/promises/part"),
    "board_state": ("/janji/keadaan", "/en/promises/state"),
    "confirm": ("/k", "/en/k"),
    "confirmed": ("/k/selesai", "/en/k/done"),
    "stopped": ("/k/berhenti", "/en/k/stopped"),
    "certificate": ("/c", "/en/c"),
    "verify": ("/periksa", "/en/verify"),
    "terms": ("/syarat", "/en/terms"),
    "cookies": ("/kuki", "/en/cookies"),
    "contact": ("/hubungi", "/en/contact"),
    "written": ("/hubungi/diterima", "/en/contact/received"),
    "thread": ("/tiket", "/en/ticket"),
    "wrote": ("/tiket/terkirim", "/en/ticket/sent"),
    "centre": ("/pusat-privasi", "/en/privacy-centre"),
    "sent": ("/pusat-privasi/terkirim", "/en/privacy-centre/sent"),
    "enter": ("/pusat-privasi/masuk", "/en/privacy-centre/enter"),
    "leave": ("/pusat-privasi/keluar", "/en/privacy-centre/leave"),
    "device": ("/pusat-privasi/perangkat", "/en/privacy-centre/device"),
    "step": ("/pusat-privasi/kode", "/en/privacy-centre/code"),
    "password": ("/pusat-privasi/sandi", "/en/privacy-centre/password"),
    "provider": ("/pusat-privasi/penyedia", "/en/privacy-centre/provider"),
    "provider_back": ("/pusat-privasi/penyedia/kembali", "/en/privacy-centre/provider/back"),
    "provider_new": ("/pusat-privasi/penyedia/baru", "/en/privacy-centre/provider/new"),
    "connect": ("/pusat-privasi/keamanan/akun", "/en/privacy-centre/security/account"),
    "number": ("/pusat-privasi/nomor", "/en/privacy-centre/number"),
    "number_code": ("/pusat-privasi/nomor/kode", "/en/privacy-centre/number/code"),
    "consent_code": ("/pusat-privasi/persetujuan/kode", "/en/privacy-centre/consents/code"),
    "heed": ("/pusat-privasi/kebijakan", "/en/privacy-centre/notice"),
    "mine": ("/pusat-privasi/data", "/en/privacy-centre/data"),
    "talks": ("/pusat-privasi/tiket", "/en/privacy-centre/tickets"),
    "talk": ("/pusat-privasi/tiket", "/en/privacy-centre/tickets"),
    "trail": ("/pusat-privasi/pemakaian", "/en/privacy-centre/uses"),
    "dispute": ("/pusat-privasi/sanggah", "/en/privacy-centre/dispute"),
    "consents": ("/pusat-privasi/persetujuan", "/en/privacy-centre/consents"),
    "limits": ("/pusat-privasi/batasi", "/en/privacy-centre/limits"),
    "requests": ("/pusat-privasi/permohonan", "/en/privacy-centre/requests"),
    "copy": ("/pusat-privasi/salinan", "/en/privacy-centre/copy"),
    "correct": ("/pusat-privasi/perbaiki", "/en/privacy-centre/correct"),
    "address": ("/pusat-privasi/alamat", "/en/privacy-centre/address"),
    "move": ("/pusat-privasi/pindah", "/en/privacy-centre/move"),
    "erase": ("/pusat-privasi/hapus", "/en/privacy-centre/erase"),
    "assistance": ("/pusat-privasi/bantuan", "/en/privacy-centre/assistance"),
    "proving": ("/pusat-privasi/bukti", "/en/privacy-centre/proof"),
    "uploads": ("/pusat-privasi/unggah", "/en/privacy-centre/upload"),
    "uploaded": ("/pusat-privasi/terunggah", "/en/privacy-centre/uploaded"),
    "table": ("/pusat-privasi/tabel", "/en/privacy-centre/table"),
    "receipts": ("/pusat-privasi/tanda-terima", "/en/privacy-centre/receipts"),
    "security": ("/pusat-privasi/keamanan", "/en/privacy-centre/security"),
    "guard": ("/pusat-privasi/keamanan/kunci", "/en/privacy-centre/security/key"),
}
CONSOLE: Mapping[str, tuple[str, str]] = {  # likewise, for staff, at an origin of its own
    "today": ("/konsol", "/en/console"),
    "sign_in": ("/konsol/masuk", "/en/console/sign-in"),
    "company": ("/konsol/masuk/perusahaan", "/en/console/sign-in/company"),
    "company_back": ("/konsol/masuk/kembali", "/en/console/sign-in/back"),
    "company_code": ("/konsol/masuk/kode", "/en/console/sign-in/code"),
    "company_own": ("/konsol/catatan-saya/akun", "/en/console/my-record/account"),
    "sign_out": ("/konsol/keluar", "/en/console/sign-out"),
    "campaigns": ("/konsol/kampanye", "/en/console/campaigns"),
    "campaign": ("/konsol/kampanye/pesan", "/en/console/campaigns/message"),
    "sending": ("/konsol/kampanye/kiriman", "/en/console/campaigns/sending"),
    "tried": ("/konsol/kampanye/diuji", "/en/console/campaigns/tried"),
    "complaints": ("/konsol/tiket", "/en/console/tickets"),
    "complaint": ("/konsol/tiket/nomor", "/en/console/tickets/number"),
    "complaint_new": ("/konsol/tiket/catat", "/en/console/tickets/record"),
    "complaint_taken": ("/konsol/tiket/tercatat", "/en/console/tickets/recorded"),
    "complaint_photo": ("/konsol/tiket/foto", "/en/console/tickets/photo"),
    "complaint_open": ("/konsol/tiket/buka", "/en/console/tickets/open"),
    "checks": ("/konsol/pemeriksaan", "/en/console/checks"),
    "check": ("/konsol/pemeriksaan/nomor", "/en/console/checks/number"),
    "check_open": ("/konsol/pemeriksaan/buka", "/en/console/checks/open"),
    "till": ("/konsol/kasir", "/en/console/till"),
    "bring": ("/konsol/unggah", "/en/console/upload"),
    "opinions": ("/konsol/masukan", "/en/console/feedback"),
    "inquiries": ("/konsol/perkara", "/en/console/inquiries"),
    "inquiry": ("/konsol/perkara/nomor", "/en/console/inquiries/number"),
    "inquiry_open": ("/konsol/perkara/buka", "/en/console/inquiries/open"),
    "mails": ("/konsol/surat", "/en/console/mail"),
    "promises": ("/konsol/janji", "/en/console/promises"),
    "promise": ("/konsol/janji/bukti", "/en/console/promises/evidence"),
    "repair": ("/konsol/janji/perbaikan", "/en/console/promises/repair"),
    "attest": ("/konsol/janji/pernyataan", "/en/console/promises/attestation"),
    "alerts": ("/konsol/peringatan", "/en/console/alerts"),
    "ledger": ("/konsol/buku-catatan", "/en/console/ledger"),
    "line": ("/konsol/buku-catatan/baris", "/en/console/ledger/line"),
    "retention": ("/konsol/masa-simpan", "/en/console/retention"),
    "papers": ("/konsol/berkas", "/en/console/papers"),
    "recipients": ("/konsol/penerima", "/en/console/recipients"),
    "recipient": ("/konsol/penerima/pihak", "/en/console/recipients/party"),
    "bookings": ("/konsol/pesanan", "/en/console/bookings"),
    "booking": ("/konsol/pesanan", "/en/console/bookings"),
    "booking_new": ("/konsol/pesanan/catat", "/en/console/bookings/record"),
    "booking_taken": ("/konsol/pesanan/tercatat", "/en/console/bookings/recorded"),
    "people": ("/konsol/orang", "/en/console/people"),
    "person": ("/konsol/orang", "/en/console/people"),
    "staff": ("/konsol/karyawan", "/en/console/staff"),
    "api_keys": ("/konsol/kunci-api", "/en/console/api-keys"),
    "visit": ("/konsol/kunjungan", "/en/console/visit"),
    "queue": ("/konsol/permohonan", "/en/console/requests"),
    "paper": ("/konsol/permohonan/kertas", "/en/console/requests/paper"),
    "asked": ("/konsol/permohonan/nomor", "/en/console/requests/number"),
    "asked_open": ("/konsol/permohonan/buka", "/en/console/requests/open"),
    "hand_over": ("/konsol/permohonan/serahkan", "/en/console/requests/hand-over"),
    "countersign": ("/konsol/pastikan", "/en/console/countersign"),
    "record": ("/konsol/permohonan/catat", "/en/console/requests/record"),
    "events": ("/konsol/peristiwa", "/en/console/events"),
    "minors": ("/konsol/wali", "/en/console/guardians"),
    "minor": ("/konsol/wali/nomor", "/en/console/guardians/number"),
    "minor_open": ("/konsol/wali/buka", "/en/console/guardians/open"),
    "notices": ("/konsol/kebijakan", "/en/console/notice"),
    "draft": ("/konsol/kebijakan/sunting", "/en/console/notice/edit"),
    "cases": ("/konsol/keamanan", "/en/console/security"),
    "lost": ("/konsol/permohonan/faktor", "/en/console/requests/factor"),
    "own": ("/konsol/catatan-saya", "/en/console/my-record"),
    "factors": ("/konsol/cara-masuk", "/en/console/sign-in-factors"),
    "undertake": ("/konsol/kerahasiaan", "/en/console/undertaking"),
}
PAGES: Mapping[str, tuple[str, str]] = {**SITE, **CONSOLE}
DEMO: Mapping[str, tuple[str, str]] = {
    "front": ("/", "/en/"),
    "mails": ("/mail", "/en/mail"),
    "try": ("/coba", "/en/try"),
}


def path(page: str, slug: str, lang: str, tail: str = "") -> str:
    """Return the path of a page of an organisation; ``tail`` is its last segment (a token, a ticket)."""
    found = f"/{slug}{PAGES[page][LANGUAGES.index(lang)]}"
    return f"{found}/{tail}" if tail else found


def front(page: str, lang: str, tail: str = "") -> str:
    """Return the path of a page of the demo itself."""
    found = DEMO[page][LANGUAGES.index(lang)]
    return f"{found}/{tail}" if tail else found


def absolute(origins: Mapping[str, str], page: str, slug: str, lang: str, tail: str = "") -> str:
    """Return the address to write into a mail or a certificate: configured origin plus path, never a Host header."""
    return origins[slug].rstrip("/") + path(page, slug, lang, tail)


def both(page: str) -> list[str]:
    """Return the route of a page in both languages; ``{org}`` is the organisation."""
    return [f"/{{org:str}}{said}".rstrip("/") for said in PAGES[page]]


def tailed(page: str, name: str) -> list[str]:
    """Return the route of a page that ends in a segment of its own, in both languages."""
    return [f"{found}/{{{name}:str}}" for found in both(page)]


def language_of(path_: str) -> str:
    """Return the language that a path chooses: English below ``/en`` or ``/<organisation>/en``, else Indonesian."""
    first, _, rest = path_.lstrip("/").partition("/")
    return "en" if "en" in (first, rest.partition("/")[0]) else "id"
