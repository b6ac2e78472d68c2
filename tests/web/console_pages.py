"""Every address of the console that answers with a page, and where it is looked at. A new one is added here, once.

``WALKED`` are followed in Chromium (``tests/stories/test_behind.py``): axe, light and dark, narrow and wide. Whatever
a test over HTTP gets is read for its markup (``tests/web/sound.py``); ``READ`` names the test of what no walk reaches.
"""

BELOW = "/{org:str}/konsol"
WALKED = frozenset({
    "", "/berkas", "/buku-catatan", "/buku-catatan/baris/{index:str}", "/cara-masuk", "/catatan-saya", "/janji",
    "/janji/bukti/{promise:str}", "/kampanye", "/kampanye/kiriman/{name:str}", "/kampanye/pesan/{message:str}",
    "/karyawan", "/keamanan", "/kebijakan", "/kebijakan/sunting", "/kerahasiaan", "/kunci-api", "/masa-simpan",
    "/masuk", "/orang", "/orang/{ticket:str}", "/penerima", "/penerima/pihak/{name:str}", "/peringatan",
    "/permohonan", "/permohonan/catat", "/permohonan/catat/{kind:str}", "/permohonan/nomor/{number:str}",
    "/pesanan", "/pesanan/catat", "/pesanan/{number:str}", "/surat", "/tiket", "/tiket/catat/{point:str}",
    "/tiket/nomor/{number:str}", "/wali",
})  # fmt: skip
READ = {
    "/unggah": "test_uploads",
    "/unggah/{ticket:str}": "test_uploads",
    "/kampanye/diuji/{message:str}": "test_campaigns",
    "/kasir": "test_till",
    "/kasir/{number:str}": "test_till",
    "/kunjungan/{link:str}": "test_console",
    "/masuk/kode": "test_company",
    "/catatan-saya/akun": "test_company",
    "/masukan": "test_opinions",
    "/pemeriksaan": "test_checks",
    "/pemeriksaan/nomor/{number:str}": "test_checks",
    "/perkara": "test_inquiries",
    "/perkara/nomor/{number:str}": "test_inquiries",
    "/peristiwa": "test_declared",
    "/permohonan/faktor": "test_passkeys",
    "/permohonan/kertas/{ticket:str}": "test_requests",
    "/pesanan/tercatat/{number:str}": "test_ordering",
    "/tiket/tercatat/{number:str}": "test_complaints",
    "/wali/nomor/{number:str}": "test_guardian",
}
NO_PAGE = frozenset({"/berkas/zip", "/buku-catatan/baris/{index:str}/json", "/masuk/kembali"})  # files, and a way on
