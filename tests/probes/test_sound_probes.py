from typing import Any, cast

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float32, Float64
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Probe, ProbeContext
from evalkit.media.audio import read_sound, through_mp3
from evalkit.media.durations import seconds
from evalkit.probes._sounds import active, change_sounds, power
from evalkit.probes._stretching import stretched
from evalkit.probes.background_noise import mixed
from evalkit.probes.reverberation import impulse_response
from tests.media.making import tone, wav, written

RATE = 16_000
NAMES = (
    "background_noise", "band_limit", "clipping", "codec", "gain", "packet_loss", "pitch",
    "reverberation", "tempo",
)  # fmt: skip


def noise(seconds: float, rate: int = RATE, seed: int = 0, loud: float = 0.1) -> Float32:
    drawn = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return (loud * drawn).clip(-0.9, 0.9).astype(np.float32)


def item(samples: Float32, rate: int = RATE, name: str = "a", **tags: str) -> Item:
    return Item(name, wav(samples, rate), {key: (value,) for key, value in tags.items()})


def found(
    name: str, old: Item, severity: int, others: tuple[Item, ...] = (), seed: int = 1, **params: Any
) -> Item | None:
    probe = cast("Probe", registry.create("probes", name, **params))
    return probe.apply(old, severity, ProbeContext(np.random.default_rng(seed), others))


def heard(
    name: str, old: Item, severity: int, others: tuple[Item, ...] = (), seed: int = 1, **params: Any
) -> Float32:
    """Return the changed samples at the rate of the old ones."""
    new = found(name, old, severity, others, seed, **params)
    assert new is not None
    assert isinstance(new.content, Media)
    assert new.content.mime == "audio/wav"
    return read_sound(new.content, rate_of(old))


def rate_of(one: Item) -> int:
    from evalkit.media.soundtracks import soundtrack

    assert isinstance(one.content, Media)
    with soundtrack(one.content) as track:
        return track.rate


def spectrum(samples: Float32) -> Float64:
    power: Float64 = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return power


def pitch_of(samples: Float32, rate: int = RATE) -> float:
    return float(np.argmax(spectrum(samples))) * rate / len(samples)


# --- what all of them do -----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_silence_is_left_as_it_is(name: str) -> None:
    faint = np.full(8000, 2 / 32768, np.float32)
    for silent in (np.zeros(8000, np.float32), np.zeros(1, np.float32), faint):
        assert found(name, item(silent), 3) is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_a_clip_of_a_twentieth_of_a_second_is_no_trouble(name: str, rate: int) -> None:
    for severity in (1, 5):
        for length in (0.05, 3 / rate):
            new = found(name, item(noise(length, rate), rate), severity)
            assert new is None or (seconds(cast("Media", new.content)) or 0) > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [11_025, 16_000, 44_100])
def test_rate_and_length_stay_unless_the_tempo_is_meant(name: str, rate: int) -> None:
    old = item(noise(0.5, rate), rate)
    new = found(name, old, 4)
    assert new is not None
    assert rate_of(new) == rate
    same = len(read_sound(cast("Media", new.content), rate)) == round(0.5 * rate)
    assert same == (name != "tempo")


def test_two_channels_become_their_mean() -> None:
    left = tone(0.3)
    both = np.stack([left, np.zeros_like(left)], axis=1)
    old = Item("a", Media("audio/wav", data=written(both, RATE)))
    assert np.abs(heard("gain", old, 1)).max() == pytest.approx(0.25 * 10**-0.3, abs=0.002)


def test_what_passes_full_scale_is_turned_down_as_a_whole() -> None:
    new = change_sounds(item(tone(0.1)), lambda samples, _: samples * 4)
    assert new is not None
    samples = read_sound(cast("Media", new.content))
    assert samples == pytest.approx(tone(0.1) * 2, abs=1e-3)


def test_a_recording_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(DataError):
        found("gain", Item("a", Media("audio/wav", data=b"x")), 1)


def test_frames_count_as_active_within_30_decibels_of_the_loudest() -> None:
    loud, soft, softer = (tone(0.1) * np.float32(share) for share in (1, 0.04, 0.02))
    samples = np.concatenate([loud, soft, softer, np.zeros(1600, np.float32)])
    assert active(samples, RATE).tolist() == [True] * 3200 + [False] * 3200
    assert power(loud, RATE) == pytest.approx(0.125, rel=0.01)
    assert power(np.concatenate([loud, np.zeros(9999, np.float32)]), RATE) == power(loud, RATE)


# --- noise and rooms ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
@pytest.mark.parametrize(("severity", "decibels"), [(1, 30), (2, 20), (3, 10), (4, 5), (5, 0)])
def test_the_noise_is_as_far_below_the_sound_as_it_says(
    kind: str, severity: int, decibels: float
) -> None:
    clean = np.concatenate([tone(0.5) * np.float32(0.2), np.zeros(RATE // 2, np.float32)])
    voices = tuple(item(noise(0.6, seed=n), name=f"n{n}", voice=f"v{n}") for n in range(3))
    new = heard("background_noise", item(clean), severity, voices, kind=kind)
    rest = new.astype(np.float64) - clean
    measured = 10 * np.log10((clean[:8000] ** 2).mean() / (rest**2).mean())
    assert measured == pytest.approx(decibels, abs=0.5)


def test_the_ratio_of_sound_and_noise_counts_active_frames_alone() -> None:
    speech = np.concatenate([tone(0.2), np.zeros(3200, np.float32)])
    out = mixed(speech, noise(0.4), RATE, 6)
    assert out is not None
    added = out - speech
    assert 10 * np.log10(0.125 / (added**2).mean()) == pytest.approx(6, abs=0.1)
    assert mixed(speech, np.zeros_like(speech), RATE, 6) is None


def test_pink_noise_has_equal_power_in_every_octave() -> None:
    clean = tone(4.0, hertz=50) * np.float32(0.001)
    for kind, slope in (("white", 2.0), ("pink", 1.0)):
        rest = heard("background_noise", item(clean), 5, kind=kind) - clean
        bands = [spectrum(rest)[4 * low : 8 * low].sum() for low in (500, 1000, 2000)]
        assert bands[1] / bands[0] == pytest.approx(slope, rel=0.2)
        assert bands[2] / bands[1] == pytest.approx(slope, rel=0.2)


def test_babble_is_made_of_other_recordings_of_speech() -> None:
    clean = item(tone(0.5, hertz=300))
    voices = tuple(item(tone(0.3, hertz=1000 + 500 * n), name=f"o{n}", voice="v") for n in range(2))
    others = (*voices, item(tone(0.3, hertz=2000), name="o2"))
    power = spectrum(heard("background_noise", clean, 5, others, kind="babble"))
    at = {hertz: power[round(hertz / 2)] for hertz in (300, 1000, 1500, 2000)}
    assert min(at[1000], at[1500]) > 1000 * at[2000]
    assert found("background_noise", clean, 5, others[1:], kind="babble") is None
    told = found("background_noise", clean, 5, others, kind="babble", speech="speaker")
    assert told is None
    assert found("background_noise", Item("t", "words"), 5, others, kind="babble") is None


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize(("severity", "rt60"), [(1, 0.2), (2, 0.4), (3, 0.7), (4, 1.0), (5, 1.5)])
def test_a_click_dies_away_in_the_time_of_the_room(severity: int, rt60: float, rate: int) -> None:
    click = np.zeros(2 * rate, np.float32)
    click[100:104] = 0.9
    power = np.zeros(2 * rate - 104)
    for seed in range(4):
        power += heard("reverberation", item(click, rate), severity, seed=seed)[104:] ** 2
    left = 10 * np.log10(np.cumsum(power[::-1])[::-1] + 1e-15)
    start, end = (int(np.argmax(left < left[0] - drop)) for drop in (3, 18))
    slope = (left[end] - left[start]) / ((end - start) / rate)
    assert -60 / slope == pytest.approx(rt60, rel=0.15)


def test_a_room_is_as_loud_whatever_the_sampling_rate() -> None:
    for rate in (8_000, 48_000):
        room = impulse_response(rate, 0.4, np.random.default_rng(0)).astype(np.float64)
        assert room[0] == 1
        assert (room[1:] ** 2).sum() == pytest.approx(0.4 / 0.3, rel=1e-4)
    loud = heard("reverberation", item(noise(0.5)), 3)
    assert power(loud, RATE) == pytest.approx(power(noise(0.5), RATE), rel=0.02)


# --- pitch and tempo ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "slow", "fast"),
    [(1, 0.95, 1.05), (2, 0.9, 1.1), (3, 0.8, 1.25), (4, 0.7, 1.4), (5, 0.6, 1.6)],
)
def test_tempo_changes_the_length_by_its_factor_and_not_the_pitch(
    severity: int, slow: float, fast: float
) -> None:
    seen = set()
    for seed in range(6):
        new = heard("tempo", item(tone(1.0)), severity, seed=seed)
        seen.add(round(RATE / len(new), 2))
        assert pitch_of(new) == pytest.approx(440, abs=2)
        assert np.abs(new).max() == pytest.approx(0.5, abs=0.05)
    assert seen == {slow, fast}


@pytest.mark.parametrize(("severity", "semitones"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 6)])
def test_pitch_moves_a_sine_to_the_right_frequency(severity: int, semitones: int) -> None:
    wanted = {round(440 * 2 ** (way * semitones / 12)) for way in (1, -1)}
    seen = set()
    for seed in range(6):
        new = heard("pitch", item(tone(1.0)), severity, seed=seed)
        peak = pitch_of(new)
        seen.add(min(wanted, key=lambda hertz: abs(hertz - peak)))
        assert min(abs(peak - hertz) for hertz in wanted) <= 2
    assert seen == wanted


@pytest.mark.parametrize("tempo", [0.6, 1.0, 1.6])
def test_events_stay_where_they_belong_when_sound_is_stretched(tempo: float) -> None:
    clicks = np.zeros(RATE, np.float32)
    for at in (2000, 8000, 14000):
        clicks[at : at + 400] = tone(0.025)
    out = stretched(clicks, RATE, tempo)
    assert len(out) == round(RATE / tempo)
    loud = np.convolve(np.abs(out), np.ones(401), "same")
    for at in (2000, 8000, 14000):
        wanted = round((at + 200) / tempo)
        near = loud[max(0, wanted - 1500) : wanted + 1500]
        assert abs(int(np.argmax(near)) - min(1500, wanted)) < 400


def test_nothing_is_stretched_at_its_own_tempo() -> None:
    sound = noise(0.3)
    assert stretched(sound, RATE, 1.0) == pytest.approx(sound, abs=1e-6)


# --- lines and microphones ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "edge"), [(1, 4000), (2, 3000), (3, 2000), (4, 1500), (5, 1000)]
)
def test_a_band_limit_empties_the_spectrum_above(severity: int, edge: int) -> None:
    old = noise(2.0)
    before, after = spectrum(old), spectrum(heard("band_limit", item(old), severity))
    above, below = slice(round(2.3 * edge), None), slice(0, round(1.6 * edge))
    assert after[above].sum() < 1e-4 * before[above].sum()
    assert after[below].sum() == pytest.approx(before[below].sum(), rel=0.05)


def test_what_has_no_high_frequencies_cannot_lose_them() -> None:
    assert found("band_limit", item(noise(0.2, 8_000), 8_000), 1) is None
    assert found("band_limit", item(noise(0.2, 8_000), 8_000), 2) is not None


@pytest.mark.parametrize(
    ("severity", "share"), [(1, 0.001), (2, 0.01), (3, 0.05), (4, 0.1), (5, 0.25)]
)
def test_a_share_of_the_samples_is_clipped(severity: int, share: float) -> None:
    old = np.concatenate([noise(1.0), np.zeros(RATE, np.float32)])
    new = heard("clipping", item(old), severity)
    clipped = np.abs(new) >= np.abs(new).max() - 1 / 32768
    assert clipped.sum() / RATE == pytest.approx(share, rel=0.1, abs=2e-4)
    assert new[~clipped] == pytest.approx(old[~clipped], abs=1 / 32768)


def test_a_square_wave_has_no_peaks_to_clip() -> None:
    square = np.where(tone(0.2) > 0, 0.5, -0.5).astype(np.float32)
    assert found("clipping", item(square), 5) is None


@pytest.mark.parametrize(
    ("severity", "share"), [(1, 0.01), (2, 0.03), (3, 0.05), (4, 0.1), (5, 0.2)]
)
def test_a_share_of_the_packets_is_lost(severity: int, share: float) -> None:
    old = noise(4.0)
    new = heard("packet_loss", item(old), severity)
    packets = new.reshape(-1, 320)
    lost = (packets == 0).all(axis=1)
    assert lost.sum() == round(share * 200)
    assert packets[~lost] == pytest.approx(old.reshape(-1, 320)[~lost], abs=1 / 32768)


@pytest.mark.parametrize(("severity", "decibels"), [(1, 6), (2, 12), (3, 20), (4, 30), (5, 40)])
def test_gain_turns_down_by_its_decibels(severity: int, decibels: float) -> None:
    new = heard("gain", item(tone(0.5)), severity)
    assert 10 * np.log10(power(tone(0.5), RATE) / power(new, RATE)) == pytest.approx(
        decibels, abs=0.2
    )


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100])
@pytest.mark.parametrize("kilobits", [128, 64, 32, 24, 16])
def test_an_mp3_comes_back_in_its_old_place(kilobits: int, rate: int) -> None:
    sweep = np.arange(rate) / rate
    old = (0.4 * np.sin(2 * np.pi * 900 * sweep**2)).astype(np.float32)
    new = through_mp3(old, rate, kilobits)
    assert new.shape == old.shape
    late = np.argmax(np.correlate(new[rate // 4 : rate // 4 + 4000], old[rate // 4 + 200 :][:2000]))
    assert abs(int(late) - 200) <= 1
    assert ((new - old) ** 2).mean() < 0.01 * (old**2).mean()


def test_fewer_bits_lose_more() -> None:
    old = tone(0.5) + noise(0.5, loud=0.02)
    for kind in ("mp3", "mulaw"):
        lost = [
            float(((heard("codec", item(old), s, kind=kind) - old) ** 2).mean())
            for s in range(1, 6)
        ]
        assert lost == sorted(lost)
    assert lost[4] > 20 * lost[0]
    with pytest.raises(UsageError, match="8 to 160"):
        through_mp3(old, RATE, 400)


def test_eight_bits_of_the_telephone_keep_38_decibels() -> None:
    old = tone(0.5, 8_000, 1013.7) * np.float32(0.8)
    new = heard("codec", item(old, 8_000), 1, kind="mulaw")
    ratio = 10 * np.log10((old**2).mean() / ((new - old) ** 2).mean())
    assert 36 < ratio < 42


# --- voices ------------------------------------------------------------------------------------


def said(name: str, sentence: str, voice: str) -> Item:
    return item(
        tone(0.1, hertz=100 + 10 * sum(name.encode())), name=name, sentence=sentence, voice=voice
    )


def test_another_voice_says_the_same_sentence() -> None:
    own = said("a", "s1", "v1")
    b, c = said("b", "s1", "v2"), said("c", "s1", "v3")
    others = (own, b, c, said("d", "s1", "v1"), said("e", "s2", "v2"), Item("f", "s1"))
    new = [found("voice", own, severity, others, seed) for severity in (1, 5) for seed in range(6)]
    assert {one.content for one in new if one is not None} == {b.content, c.content}
    assert all(one is not None and (one.id, one.tags) == ("a", own.tags) for one in new)


def test_without_anyone_else_who_says_it_there_is_no_other_voice() -> None:
    own = said("a", "s1", "v1")
    assert found("voice", own, 3, (own, said("d", "s1", "v1"), said("e", "s2", "v2"))) is None
    untagged = item(tone(0.1))
    assert found("voice", untagged, 3, (untagged, said("b", "s1", "v2"))) is None


def test_which_tags_count_can_be_said() -> None:
    slow = item(tone(0.1), name="a", text="t", speed="slow")
    fast = item(tone(0.2), name="b", text="t", speed="fast")
    new = found("voice", slow, 1, (slow, fast), same="text", differs="speed")
    assert new is not None
    assert new.content == fast.content
    with pytest.raises(UsageError, match="two tags"):
        registry.create("probes", "voice", same="voice")


def test_unknown_kinds_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="white, pink and babble"):
        registry.create("probes", "background_noise", kind="brown")
    with pytest.raises(UsageError, match="mp3 and mulaw"):
        registry.create("probes", "codec", kind="opus")
