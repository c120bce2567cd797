"""Words for what is heard and seen: events, instruments, genres, places and ways to move.

One line a value: names in English / Spanish / German / French / Portuguese.
"""

from __future__ import annotations

from .attributes import word_table

_EVENTS = """
bell: bell, bells, church bell, handbell / campana, campanas, campanilla / Glocke, Glocken,\
 Kirchenglocke / cloche, cloches, clochette / sino, sinos, sineta
dog: dog, dogs, puppy, hound / perro, perros, can / Hund, Hunde, Welpe / chien, chiens, chiot /\
 cão, cães, cachorro
rain: rain, shower, downpour, rainfall / lluvia, aguacero, chaparrón / Regen, Regenschauer,\
 Schauer / pluie, averse / chuva, aguaceiro
drum: drum, drums, drummer / tambor, tambores, batería / Trommel, Trommeln, Schlagzeug /\
 tambour, tambours, batterie / tambor, tambores, bateria
car_horn: car horn, car, automobile, motor horn / bocina, claxon, coche, auto / Hupe, Auto,\
 Autohupe, Wagen / klaxon, voiture, avertisseur / buzina, carro, automóvel
train: train, trains, locomotive, steam train / tren, trenes, locomotora / Zug, Züge,\
 Lokomotive, Eisenbahn / train, trains, locomotive / comboio, trem, locomotiva
clock: clock, pendulum clock, grandfather clock, pendulum / reloj, reloj de péndulo, péndulo /\
 Uhr, Pendeluhr, Standuhr, Pendel / horloge, pendule, balancier / relógio, relógio de pêndulo
bird: bird, birds, songbird, sparrow / pájaro, pájaros, ave / Vogel, Vögel, Singvogel / oiseau,\
 oiseaux, moineau / pássaro, pássaros, ave
siren: siren, ambulance, police car, fire engine / sirena, ambulancia, patrulla / Sirene,\
 Krankenwagen, Polizeiauto, Martinshorn / sirène, ambulance, voiture de police / sirene,\
 ambulância, viatura
waves: waves, sea, ocean, surf / olas, mar, oleaje / Wellen, Meer, Brandung / vagues, mer, océan /\
 ondas, mar, oceano
piano: piano, grand piano, piano keys, pianist / piano, teclado, pianista / Klavier, Flügel,\
 Klaviertasten / piano, clavier, pianiste / piano, teclado, pianista
applause: applause, hands, audience, ovation / aplauso, aplausos, manos, palmas / Applaus,\
 Beifall, Hände, Publikum / applaudissements, mains, public / aplauso, aplausos, palmas, mãos
helicopter: helicopter, chopper, rotor / helicóptero, rotor / Hubschrauber, Helikopter, Rotor /\
 hélicoptère, rotor / helicóptero, rotor
fire: fire, campfire, flames, bonfire / fuego, hoguera, llamas / Feuer, Lagerfeuer, Flammen /\
 feu, feu de camp, flammes / fogo, fogueira, chamas
"""

_HEARD = """
bell: ringing, tolling, chime, peal / tañido, repique, campanada / läuten, läutet, Geläut /\
 tintement, carillon, sonnerie / badalada, repicar, toque
dog: barking, barks, bark, woof, yapping / ladrido, ladra, ladrar / bellen, bellt, Gebell /\
 aboiement, aboie, aboyer / latido, late, ladra
rain: raining, pouring, pattering, dripping / lloviendo, llueve, goteo / regnet, prasseln,\
 prasselt / pleut, ruissellement, crépitement de gouttes / chovendo, chove, gotas
drum: drumming, drumbeat, thump, drum roll / redoble, tamborileo, golpe / trommeln, trommelt,\
 Wirbel / roulement, battement, tambouriner / batida, rufar, batuque
car_horn: honking, honk, hooting, beeping / bocinazo, pitido, pitando / hupen, hupt, Gehupe /\
 klaxonne, klaxonner, coup de klaxon / buzinada, buzinando, buzinar
train: chugging, rattling, train whistle, steam / traqueteo, silbato, vapor / rattert, rattern,\
 Dampfpfeife / teuf-teuf, sifflet, vapeur / apito, vapor, chocalhar
clock: ticking, tick, tick tock, tick-tock / tictac, tic tac / ticken, tickt, Ticktack / tic-tac,\
 tictac / tique-taque, tiquetaque
bird: chirping, chirp, tweeting, birdsong, singing / trino, canto, gorjeo, pía / zwitschern,\
 zwitschert, Vogelgesang / gazouillis, chant, pépie / chilrear, canto, gorjeio, pio
siren: wailing, wail, howling, alarm / ulular, aullido, alarma / heult, heulen, Alarm / hurlement,\
 hurle, alarme / uivo, alarme, ulular
waves: crashing, breaking, surge, splashing / rompiendo, rompen, murmullo / rauschen, rauscht,\
 Meeresrauschen / ressac, déferlent, clapotis / rebentação, quebrando, marulho
piano: piano notes, scale, keyboard playing / notas de piano, escala / Klavierspiel, Tonleiter /\
 notes de piano, gamme / notas de piano, escala
applause: clapping, clap, cheering / aplaudiendo, aplauden, ovación / klatschen, klatscht,\
 Jubel / applaudit, claquement, acclamation / aplaudindo, aplaudem, ovação
helicopter: whirring, chopping, rotor noise / zumbido, aleteo de rotor / knattern, knattert,\
 Rotorlärm / vrombissement, ronflement / zunido, barulho de rotor
fire: crackling, crackle, burning, roaring / crepitar, crepitación, ardiendo / knistern, knistert,\
 brennt / crépite, crépitement, brûle / crepitar, estalido, ardendo
"""

_INSTRUMENTS = """
flute: flute, flutes, recorder, flautist / flauta, flautas, flautista / Flöte, Flöten, Querflöte /\
 flûte, flûtes, flûtiste / flauta, flautas, flautista
violin: violin, violins, fiddle, violinist / violín, violines, violinista / Geige, Violine,\
 Geigen / violon, violons, violoniste / violino, violinos, rabeca
guitar: guitar, guitars, strumming, guitarist / guitarra, guitarras, rasgueo / Gitarre, Gitarren,\
 Gitarrist / guitare, guitares, guitariste / violão, guitarra, guitarras
trumpet: trumpet, trumpets, brass, bugle / trompeta, trompetas, corneta / Trompete, Trompeten,\
 Blechbläser / trompette, trompettes, cuivres / trompete, trompetes, corneta
organ: organ, pipe organ, church organ, organist / órgano, órgano de tubos / Orgel, Kirchenorgel,\
 Orgelmusik / orgue, grand orgue, orgues / órgão, órgão de tubos
xylophone: xylophone, marimba, glockenspiel, mallets / xilófono, marimba / Xylophon, Xylofon,\
 Marimba / xylophone, marimba, mailloches / xilofone, marimba
"""

_GENRES = """
waltz: waltz, waltzes, three-four time, ballroom / vals, valses, tres por cuatro / Walzer,\
 Dreivierteltakt / valse, valses, trois temps / valsa, valsas, três por quatro
march: march, marching, parade, military march / marcha, desfile, militar / Marsch, Marschmusik,\
 Parade / marche, défilé, fanfare / marcha, desfile, militar
blues: blues, shuffle, blue notes, bluesy / blues, notas de blues / Blues, Shuffle, Bluesnoten /\
 blues, notes bleues / blues, notas azuis
techno: techno, electronic dance, synth, club beat / tecno, techno, electrónica / Techno,\
 elektronisch, Synthesizer / techno, électronique, synthé / techno, eletrônica, sintetizador
lullaby: lullaby, cradle song, bedtime song, soft and slow / nana, canción de cuna, arrullo /\
 Wiegenlied, Schlaflied, Gutenachtlied / berceuse, chanson douce / canção de ninar, acalanto
reggae: reggae, off-beat chords, ska, Jamaican / reggae, contratiempo, jamaicano / Reggae, Offbeat,\
 jamaikanisch / reggae, contretemps, jamaïcain / reggae, contratempo, jamaicano
"""

_PLACES = """
meadow: meadow, grass, field, lawn / prado, pradera, campo, hierba / Wiese, Gras, Feld / prairie,\
 pré, herbe / prado, campo, relva
street: street, road, city, houses / calle, carretera, ciudad / Straße, Stadt, Häuser / rue,\
 route, ville / rua, estrada, cidade
beach: beach, sand, seaside, shore / playa, arena, costa / Strand, Sand, Küste / plage, sable,\
 rivage / praia, areia, litoral
room: room, indoors, inside a house, wall / habitación, cuarto, interior / Zimmer, Raum, drinnen /\
 chambre, pièce, intérieur / quarto, sala, interior
night: night, dark, stars, moon / noche, oscuro, estrellas, luna / Nacht, nachts, dunkel, Sterne /\
 nuit, sombre, étoiles / noite, escuro, estrelas
snow: snow, snowy, winter landscape / nieve, nevado, paisaje nevado / Schnee, verschneit,\
 Winterlandschaft / neige, enneigé, paysage d'hiver / neve, nevado, paisagem de inverno
"""

_MOTIONS = """
swing: swinging, swings, rocking / balancea, balanceo, oscila / schwingt, pendelt, schaukelt /\
 balance, oscille / balança, oscila
strike: hit, beating, striking / golpea, golpean / schlägt, schlagen / frappe, frappent / bate,\
 batem
fall: falling, falls, drops / cae, caen, cayendo / fällt, fallen, fallend / tombe, tombent / cai,\
 caem, caindo
flash: flashing, blinking, flickering / parpadea, destella, parpadeo / blinkt, blinken, flackert /\
 clignote, clignotant, vacille / pisca, piscando
pass: passing, moving past, crossing, drives by / pasa, pasando, cruza / fährt vorbei,\
 vorbeifahrend / passe, traverse / passa, passando, atravessa
turn: turning, spinning, rotating / gira, girando / dreht, drehend / tourne, tournant / gira,\
 girando
wave: flapping, rolling, waving / aletea, ondula, rodando / flattert, rollt, wogt / bat des\
 ailes, roule, ondule / voando, ondula, rola
"""

_SAYINGS = """
sound, noise, recording, audio, track, clip, video, film, scene, footage, hear, heard, listening,
music, melody, tune, song, played, playing, loud, quiet, distant, close, watch, shows, seconds,
sonido, ruido, grabación, escena, vídeo, música, melodía, se oye, tocando, fuerte, lejos, cerca,
Ton, Geräusch, Aufnahme, Klang, Szene, Film, Musik, Melodie, man hört, gespielt, laut, leise,
son, bruit, enregistrement, scène, vidéo, musique, mélodie, on entend, joue, fort, loin,
som, ruído, gravação, cena, filme, melodia, ouve-se, tocado, alto, longe, piece, minute, someone
"""
SAYINGS = tuple(_SAYINGS.replace("\n", " ").strip().split(", "))
"""Words that go with any sound or scene and name none."""

MOTION_OF = {
    "bell": "swing",
    "clock": "swing",
    "drum": "strike",
    "piano": "strike",
    "applause": "strike",
    "rain": "fall",
    "car_horn": "flash",
    "siren": "flash",
    "fire": "flash",
    "train": "pass",
    "helicopter": "turn",
    "bird": "wave",
    "waves": "wave",
    "dog": "swing",
}
"""How each event moves."""

Names = dict[str, list[list[str]]]


def events() -> Names:
    """For each event its names by language, which tell of its sound and of its look."""
    return word_table(_EVENTS)


def heard() -> Names:
    """For each event the words for its sound by language."""
    return word_table(_HEARD)


def instruments() -> Names:
    """For each instrument that is no event its names by language."""
    return word_table(_INSTRUMENTS)


def genres() -> Names:
    """For each genre of melody its names by language."""
    return word_table(_GENRES)


def places() -> Names:
    """For each background its names by language."""
    return word_table(_PLACES)


def motions() -> Names:
    """For each way to move its words by language."""
    return word_table(_MOTIONS)
