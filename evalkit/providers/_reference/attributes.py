"""Words for colours, patterns, materials, sizes and uses, and words that say nothing of a thing.

One line a value: names in English / Spanish / German / French / Portuguese.
"""

from __future__ import annotations

_COLOURS = """
black: black, jet / negro, negra, negros, negras / schwarz, schwarze, schwarzer, schwarzes /\
 noir, noire, noirs, noires / preto, preta, pretos, negro
white: white, snow white / blanco, blanca, blancos, blancas / weiß, weiße, weißer, weißes /\
 blanc, blanche, blancs, blanches / branco, branca, brancos, brancas
grey: grey, gray, silver / gris, grises, plateado / grau, graue, grauer, graues / gris, grise,\
 grises, argenté / cinza, cinzento, cinzenta, prateado
red: red, crimson, scarlet / rojo, roja, rojos, rojas / rot, rote, roter, rotes / rouge, rouges,\
 écarlate / vermelho, vermelha, vermelhos, encarnado
orange: orange, tangerine / naranja, naranjas, anaranjado / orange, orangefarben, oranger /\
 orange, oranges, orangé / laranja, alaranjado
yellow: yellow, lemon yellow / amarillo, amarilla, amarillos / gelb, gelbe, gelber, gelbes /\
 jaune, jaunes / amarelo, amarela, amarelos
green: green, emerald, olive / verde, verdes, esmeralda / grün, grüne, grüner, grünes / vert,\
 verte, verts, vertes / verde, verdes, esmeralda
blue: blue, navy, cobalt, navy blue / azul, azules, azul marino / blau, blaue, blauer, blaues /\
 bleu, bleue, bleus, bleues / azul, azuis, azul-marinho
purple: purple, violet, lilac / morado, morada, violeta, púrpura / lila, violett, violette,\
 violetter / violet, violette, mauve, pourpre / roxo, roxa, violeta, lilás
pink: pink, rose, rosy, magenta / rosa, rosado, rosada, rosas / rosa, pink, rosafarben,\
 rosafarbene / rose, roses, rosé / rosa, cor-de-rosa, rosado
brown: brown, chocolate brown, tan / marrón, marrones, café, castaño / braun, braune, brauner,\
 braunes / marron, brun, brune / marrom, castanho, castanha
turquoise: turquoise, teal, aqua, cyan / turquesa, aguamarina, cian / türkis, türkise,\
 türkisfarben, petrol / turquoise, cyan, bleu-vert / turquesa, ciano, verde-água
beige: beige, cream, sand, ivory / beige, crema, arena, marfil / beige, creme, sandfarben,\
 elfenbein / beige, crème, sable, ivoire / bege, creme, areia, marfim
"""

_PATTERNS = """
plain: plain, solid, single colour, unpatterned / liso, lisa, sin dibujos, monocolor / einfarbig,\
 uni, ungemustert, unifarben / uni, unie, sans motif, monochrome / liso, lisa, sem estampa
striped: striped, stripes, stripy, lines / rayas, rayado, rayada, a rayas / gestreift, Streifen,\
 gestreifte, gestreifter / rayé, rayée, rayures, à rayures / listrado, listrada, listras, riscas
checked: checked, checkered, plaid, tartan, gingham / cuadros, a cuadros, ajedrezado, escocés /\
 kariert, karierte, karierter, Karo / à carreaux, carreaux, quadrillé, damier / xadrez,\
 quadriculado, quadriculada, quadrados
dotted: dotted, polka dot, spotted, dots, spots / lunares, topos, punteado, de lunares /\
 gepunktet, Punkte, gepunktete, getupft / à pois, pois, pointillé, tacheté / bolinhas, poá,\
 pontilhado, pintas
floral: floral, flowery, flowered, flowers, blossoms / floral, flores, floreado, floreada /\
 geblümt, Blumen, Blumenmuster, geblümte / fleuri, fleurie, fleurs, à fleurs / florido, florida,\
 floral, florais
"""

_DETAILS = """
cotton: cotton / algodón / Baumwolle / coton / algodão
wool: wool, woollen, knitted / lana, tejido, punto / Wolle, gestrickt / laine, tricoté / lã, tricô
leather: leather / cuero, piel / Leder / cuir / couro
wood: wood, wooden, oak / madera, roble / Holz, hölzern, Eiche / bois, chêne / madeira, carvalho
metal: metal, steel, iron / metal, acero, hierro / Metall, Stahl, Eisen / métal, acier, fer / aço
ceramic: ceramic, porcelain, stoneware / cerámica, porcelana / Keramik, Porzellan, Steingut /\
 céramique, porcelaine, grès / cerâmica, porcelana
glass: glass, crystal / vidrio, cristal / Glas, Kristall / verre, cristal / vidro, cristal
plastic: plastic, acrylic / plástico, acrílico / Plastik, Kunststoff / plastique / plástico
linen: linen, canvas / lino, lona / Leinen, Segeltuch / lin, toile / linho, lona
rubber: rubber, silicone / goma, caucho, silicona / Gummi, Silikon / caoutchouc / borracha
silk: silk, satin, velvet / seda, satén, terciopelo / Seide, Samt / soie, velours / seda, veludo
waterproof: waterproof, water-resistant, rainproof / impermeable, resistente al agua /\
 wasserdicht, wasserfest, wasserabweisend / imperméable, étanche / impermeável, à prova de água
light: lightweight, featherlight / ligero, liviano / leicht, federleicht / léger, légère / leve
sturdy: sturdy, robust, durable / resistente, robusto, duradero / robust, stabil, haltbar /\
 solide, robuste, résistant / resistente, robusto, durável
small: small, little, mini, compact / pequeño, pequeña, chico, compacto / klein, kleine, kleiner,\
 kompakt / petit, petite, compact / pequeno, pequena, compacto
large: large, big, spacious, roomy / grande, amplio, espacioso / groß, große, großer, geräumig /\
 grand, grande, spacieux / grande, amplo, espaçoso
tall: tall, high, long / alto, alta, largo / hoch, hohe, lang, lange / haut, haute, long / alto
children: children, kids, child, boys, girls / niños, niñas, infantil / Kinder, Kind / enfants,\
 enfant / crianças, infantil
women: women, ladies, woman / mujer, mujeres, señora / Damen, Frauen / femme, femmes / mulher
men: men, gentlemen, man / hombre, hombres, caballero / Herren, Männer / homme, hommes / homem
summer: summer, sun, heat / verano, sol, calor / Sommer, Sonne, Hitze / été, soleil, chaleur /\
 verão, sol, calor
winter: winter, cold, warm / invierno, frío, abrigado / Winter, Kälte, warm / hiver, froid, chaud /\
 inverno, frio, quente
kitchen: kitchen, cook, baking / cocina, cocinar / Küche, kochen, backen / cuisine, cuisiner /\
 cozinha, cozinhar
office: office, work, desk work / oficina, trabajo / Büro, Arbeit / bureau, travail / escritório
home: living room, bedroom, home / salón, dormitorio, hogar / Wohnzimmer, Schlafzimmer, Zuhause /\
 salon, chambre, maison / sala, quarto, casa
sport: sport, sports, fitness / deporte, deportivo / Sport, sportlich / sport, sportif / esporte
travel: travel, trip, holiday / viaje, vacaciones / Reise, Urlaub / voyage, vacances / viagem
"""

STOP_WORDS = frozenset(
    """
    a an the of for with in on to and or is are it its this that from by at as be my your i we you
    me our what which some any one two very have has need want looking like would please
    un una unos unas el la los las de del con para por y o en al es son que se su mi este esta
    quiero busco algo muy sin lo le
    der die das ein eine einen einem einer eines mit für und oder im in am an auf zu zum zur von
    vom ist sind ich suche mein meine ohne sehr den dem des bei als auch
    le la les un une des du de et ou avec pour dans sur en au aux est sont je cherche ce cette mon
    ma mes qui que sans tres plus d l
    o a os as um uma uns umas do da dos das no na nos nas com para por e ou em ao é são que eu
    procuro meu minha sem muito se
    """.split()
)
"""Words that are left out of a text's features, without accents."""

_FILLER = """
nice, beautiful, new, quality, gift, perfect, modern, classic, style, everyday, comfortable,
practical, photo, picture, made, easy, clean, every, day, design, best, bonito, bonita, nuevo,
calidad, regalo, perfecto, moderno, clásico, cómodo, práctico, foto, diario, fácil, hecho,
schön, schöne, schöner, neu, Qualität, Geschenk, perfekt, modern, klassisch, bequem, praktisch,
Bild, Alltag, einfach, hochwertig, joli, jolie, beau, belle, nouveau, qualité, cadeau, parfait,
moderne, classique, confortable, pratique, image, quotidien, facile, fait, lindo, linda, novo,
qualidade, presente, perfeito, confortável, prático, imagem, dia a dia, fácil, feito, ideal,
machine, wash, finish, inside, room, closure, handle, pocket, adjustable, removable, set
"""
FILLER = tuple(_FILLER.replace("\n", " ").strip().split(", "))
"""General words of shops that belong to no concept."""


def colours() -> dict[str, list[list[str]]]:
    """For each colour its names by language."""
    return word_table(_COLOURS)


def patterns() -> dict[str, list[list[str]]]:
    """For each pattern its names by language."""
    return word_table(_PATTERNS)


def details() -> dict[str, list[list[str]]]:
    """For each material, property, size, user and use its names by language."""
    return word_table(_DETAILS)


def word_table(text: str) -> dict[str, list[list[str]]]:
    """For each value of a table its names by language; one line a value."""
    rows = (line.partition(": ") for line in text.strip().split("\n"))
    return {name: [side.split(", ") for side in rest.split(" / ")] for name, _, rest in rows}
