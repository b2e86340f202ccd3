"""What a report says, in Indonesian and English. Both languages are instances of one class, so neither can miss a phrase."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    daily: str
    weekly: str
    subject: str  #: {title} {name} {period} {signals}
    no_signals: str
    one_signal: str
    some_signals: str  #: {n}
    posts_line: str  #: {posts} {before} {change}
    posts_line_alone: str  #: {posts}
    questions_line: str  #: {questions} {complaints}
    complete: str  #: {share}
    incomplete: str  #: {share}
    unknown_coverage: str
    signals_title: str
    signals_none: str
    more_signals: str  #: {n}
    topic: str
    place: str
    day: str
    observed: str
    expected: str
    bound: str
    week_of: str  #: {days}
    cluster_line: str  #: {n} {since} {risk} {p}
    cluster_line_alone: str  #: {n} {since} {p}
    growing_title: str
    growing_none: str
    growing_line: str  #: {topic} {posts} {before}
    claims_title: str
    claims_none: str
    claim_one: str
    claim_some: str  #: {n}
    volume_title: str
    volume_alt: str  #: {posts} {days}
    also_one: str  #: {days}
    also_some: str  #: {n} {days}
    echoes: str  #: {n} {echoes}
    mood_title: str
    mood_line: str  #: {negative} {neutral} {positive}
    mood_alt: str
    negative: str
    neutral: str
    positive: str
    sources_title: str
    sources_fine: str
    source_line: str  #: {source} {error}
    everywhere: str
    gap: str
    posts_axis: str
    note: str


INDONESIAN = Phrases(
    daily="Laporan harian",
    weekly="Laporan mingguan",
    subject="{title} {name}, {period}: {signals}",
    no_signals="tidak ada sinyal",
    one_signal="1 sinyal",
    some_signals="{n} sinyal",
    posts_line="{posts} unggahan dihitung; periode sebelumnya {before} ({change}).",
    posts_line_alone="{posts} unggahan dihitung. Periode sebelumnya tidak lengkap, jadi tidak dibandingkan.",
    questions_line="Di antaranya {questions} pertanyaan dan {complaints} keluhan.",
    complete="Pengumpulan lengkap: {share} dari waktu tercakup.",
    incomplete="Pengumpulan TIDAK lengkap: hanya {share} dari waktu tercakup. Angka rendah belum tentu berarti tenang.",
    unknown_coverage="Cakupan pengumpulan pada periode ini tidak diketahui (data impor).",
    signals_title="Sinyal",
    signals_none="Tidak ada topik di tempat mana pun yang di luar kebiasaan pada periode ini.",
    more_signals="dan {n} sinyal lain di dasbor.",
    topic="Topik",
    place="Tempat",
    day="Hari",
    observed="Teramati",
    expected="Perkiraan",
    bound="Batas atas",
    week_of="minggu {days}",
    cluster_line="{n} tempat bertetangga bersama-sama sejak {since}: risiko relatif {risk}, nilai p {p}.",
    cluster_line_alone="{n} tempat bertetangga bersama-sama sejak {since}, di tempat lain tidak ada: nilai p {p}.",
    growing_title="Topik yang bertambah",
    growing_none="Tidak ada topik yang bertambah secara berarti.",
    growing_line="{topic}: {posts} unggahan, sebelumnya {before}",
    claims_title="Klaim terperiksa yang disinggung unggahan",
    claims_none="Tidak ditemukan unggahan yang menyinggung klaim yang sudah diperiksa pemeriksa fakta.",
    claim_one="1 unggahan",
    claim_some="{n} unggahan",
    volume_title="Semua unggahan per hari",
    volume_alt="Grafik: unggahan per hari selama {days} hari terakhir; hari terakhir {posts}.",
    also_one="Juga pada {days}.",
    also_some="Juga pada {n} hari atau minggu lain, {days}.",
    echoes="Gemanya (unggahan yang sama di topik lain atau tempat yang lebih luas), {n}: {echoes}.",
    mood_title="Suasana",
    mood_line="Negatif {negative}, netral {neutral}, positif {positive} dari unggahan (dikoreksi untuk kekeliruan model; interval 95%).",
    mood_alt="Grafik: bagian unggahan negatif, netral, dan positif per hari.",
    negative="negatif",
    neutral="netral",
    positive="positif",
    sources_title="Sumber yang perlu diperhatikan",
    sources_fine="Semua sumber menjawab.",
    source_line="{source}: {error}",
    everywhere="Semua tempat",
    gap="tidak terkumpul",
    posts_axis="unggahan",
    note="Yang ditemukan adalah sinyal, bukan kasus: unggahan publik tidak ditelaah sejawat dan dapat keliru. "
    "Periksa unggahan di baliknya sebelum bertindak.",
)

ENGLISH = Phrases(
    daily="Daily report",
    weekly="Weekly report",
    subject="{title} {name}, {period}: {signals}",
    no_signals="no signals",
    one_signal="1 signal",
    some_signals="{n} signals",
    posts_line="{posts} posts were counted; the period before had {before} ({change}).",
    posts_line_alone="{posts} posts were counted. The period before was not complete, so it is not compared.",
    questions_line="Among them {questions} questions and {complaints} complaints.",
    complete="Collection was complete: {share} of the time was covered.",
    incomplete="Collection was NOT complete: only {share} of the time was covered. A low number need not mean a calm day.",
    unknown_coverage="What was covered in this period is not known (imported data).",
    signals_title="Signals",
    signals_none="No topic in any place was out of the ordinary in this period.",
    more_signals="and {n} more signals on the dashboard.",
    topic="Topic",
    place="Place",
    day="Day",
    observed="Observed",
    expected="Expected",
    bound="Upper bound",
    week_of="week of {days}",
    cluster_line="{n} neighbouring places together since {since}: relative risk {risk}, p-value {p}.",
    cluster_line_alone="{n} neighbouring places together since {since}, none elsewhere: p-value {p}.",
    growing_title="Topics that grow",
    growing_none="No topic grew notably.",
    growing_line="{topic}: {posts} posts, before {before}",
    claims_title="Checked claims that posts speak of",
    claims_none="No post was found that speaks of a claim that fact-checkers looked at.",
    claim_one="1 post",
    claim_some="{n} posts",
    volume_title="All posts a day",
    volume_alt="Chart: posts a day over the last {days} days; the last day had {posts}.",
    also_one="Also on {days}.",
    also_some="Also on {n} other days or weeks, {days}.",
    echoes="Its echoes (the same posts under another topic or in a wider place), {n}: {echoes}.",
    mood_title="Mood",
    mood_line="Negative {negative}, neutral {neutral}, positive {positive} of the posts (corrected for the models' errors; 95% interval).",
    mood_alt="Chart: shares of negative, neutral and positive posts a day.",
    negative="negative",
    neutral="neutral",
    positive="positive",
    sources_title="Sources that need attention",
    sources_fine="All sources answer.",
    source_line="{source}: {error}",
    everywhere="All places",
    gap="not collected",
    posts_axis="posts",
    note="What is found is a signal, never a case: public posts are not peer-reviewed and may be wrong. "
    "Look at the posts behind it before you act.",
)

PHRASES = {"id": INDONESIAN, "en": ENGLISH}
