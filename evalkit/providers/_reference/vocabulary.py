"""Names of everyday things in English, Spanish, German, French and Portuguese.

One block a kind, one line a language, variants between commas. The last line of a block lists
words of use that are only loosely tied to the kind.
"""

from __future__ import annotations

LANGUAGES = ("en", "es", "de", "fr", "pt")

_KINDS = """
mug: mug, mugs, cup, cups, teacup, coffee cup, coffee mug, beaker
taza, tazas, tazón, pocillo, taza de café
Becher, Tasse, Tassen, Kaffeebecher, Kaffeetasse, Pott, Haferl, Teetasse
tasse, tasses, mug, gobelet, chope, tasse à café
caneca, canecas, xícara, xícaras, chávena, chávenas
coffee, cocoa, espresso, café, Kaffee, Kakao, chocolat chaud, cappuccino

bottle: bottle, bottles, flask, water bottle, drinking bottle, carafe, canteen
botella, botellas, cantimplora, frasco, botellín, garrafa
Flasche, Flaschen, Trinkflasche, Wasserflasche, Karaffe, Feldflasche
bouteille, bouteilles, gourde, gourdes, flacon, carafe
garrafa, garrafas, cantil, frasco, garrafinha, squeeze
water, drink, hydration, agua, Wasser, trinken, eau, boire, água, beber

teapot: teapot, teapots, tea pot, tea kettle, kettle
tetera, teteras, pava, hervidor
Teekanne, Teekannen, Kanne, Teekessel, Kännchen
théière, théières, bouilloire
bule, bules, bule de chá, chaleira
tea, brew, infusion, té, infusión, Tee, aufbrühen, thé, infuser, chá

frying_pan: frying pan, frying pans, pan, pans, skillet, fry pan, saucepan
sartén, sartenes, paila, sartenilla
Pfanne, Pfannen, Bratpfanne, Stielpfanne, Schmorpfanne
poêle, poêles, poêle à frire, sauteuse
frigideira, frigideiras, sertã, caçarola
fry, cooking, eggs, omelette, freír, cocinar, huevos, braten, kochen, cuire, cuisiner, fritar

vase: vase, vases, flower vase, urn
jarrón, jarrones, florero, floreros, búcaro
Vase, Vasen, Blumenvase, Bodenvase
vase, vases, soliflore, pot à fleurs coupées
vaso, jarra, jarro, jarras, floreira, vaso de flores
bouquet, roses, tulips, ramo, Blumenstrauß, Rosen, tulipes, buquê

lamp: table lamp, lamp, lamps, desk lamp, bedside lamp, reading lamp, lampshade
lámpara, lámparas, lámpara de mesa, velador, flexo
Lampe, Lampen, Tischlampe, Nachttischlampe, Leselampe, Leuchte, Tischleuchte
lampe, lampes, lampe de table, lampe de chevet, luminaire, abat-jour
candeeiro, luminária, lâmpada, abajur, luminárias, candeeiros
light, reading, bulb, luz, bombilla, Licht, Glühbirne, lumière, ampoule, iluminar

chair: chair, chairs, seat, armchair, dining chair, stool
silla, sillas, sillón, butaca, asiento, taburete
Stuhl, Stühle, Sessel, Esszimmerstuhl, Hocker, Sitz
chaise, chaises, fauteuil, siège, tabouret
cadeira, cadeiras, poltrona, assento, banco
sit, sitting, sentarse, sentar, sitzen, s'asseoir, assis, backrest, Lehne

table: table, tables, desk, coffee table, dining table, side table
mesa, mesas, escritorio, mesita, mesa de comedor
Tisch, Tische, Esstisch, Schreibtisch, Beistelltisch, Couchtisch
table, tables, bureau, table basse, table à manger, guéridon
mesa, mesas, escrivaninha, mesinha, mesa de jantar
dinner, dining, cena, comedor, Abendessen, Esszimmer, dîner, repas, jantar

cushion: cushion, cushions, pillow, pillows, throw pillow, sofa cushion, pad
cojín, cojines, almohada, almohadón, almohadas
Kissen, Sofakissen, Zierkissen, Dekokissen, Polster, Kopfkissen
coussin, coussins, oreiller, oreillers
almofada, almofadas, travesseiro, almofadinha
sofa, couch, bed, sofá, cama, Sofa, Bett, canapé, lit, soft, sleep

backpack: backpack, backpacks, rucksack, rucksacks, school bag, daypack, knapsack
mochila, mochilas, morral, macuto
Rucksack, Rucksäcke, Schulrucksack, Tornister, Wanderrucksack
sac à dos, sacs à dos, cartable, besace
mochila, mochilas, mochila escolar, bornal
school, hiking, trekking, escuela, senderismo, Schule, wandern, école, randonnée, escola, trilha

handbag: handbag, handbags, purse, tote, shoulder bag, clutch, bag
bolso, bolsos, cartera, bolso de mano, bandolera
Handtasche, Handtaschen, Umhängetasche, Damentasche, Tasche, Schultertasche
sac à main, sacs à main, sacoche, pochette, cabas
bolsa, bolsas, carteira, mala de mão, bolsa de mão
evening, elegant, lipstick, elegante, Abend, soirée, noite

umbrella: umbrella, umbrellas, brolly, parasol
paraguas, sombrilla, parasol
Regenschirm, Regenschirme, Schirm, Schirme, Knirps
parapluie, parapluies, ombrelle, parasol
guarda-chuva, guarda-chuvas, sombrinha, chapéu de chuva
rain, rainy, storm, lluvia, Regen, regnerisch, pluie, chuva, chuvoso

t_shirt: t-shirt, t-shirts, tshirt, tee, tee shirt, shirt, top, tee-shirt
camiseta, camisetas, playera, remera, polera
T-Shirt, T-Shirts, Shirt, Hemd, Oberteil, Leibchen
t-shirt, tee-shirt, maillot, haut, tricot
camiseta, camisetas, t-shirt, blusa, camisola
sleeve, sleeves, manga, mangas, Ärmel, kurzärmelig, manches, gym

dress: dress, dresses, gown, frock, sundress
vestido, vestidos, traje, túnica
Kleid, Kleider, Sommerkleid, Abendkleid
robe, robes, tunique, robe d'été
vestido, vestidos, traje, túnica
wedding, party, boda, fiesta, Hochzeit, mariage, casamento, festa, dancing

trousers: trousers, pants, jeans, slacks, chinos, leggings, shorts
pantalón, pantalones, vaqueros, tejanos, calzas
Hose, Hosen, Jeans, Stoffhose, Chino
pantalon, pantalons, jean, jeans, chino
calça, calças, calças de ganga, jeans, pantalona
legs, belt, piernas, cinturón, Beine, Gürtel, jambes, ceinture, pernas, cinto

sneaker: sneaker, sneakers, trainers, trainer, running shoes, tennis shoes, sports shoe
zapatilla, zapatillas, deportivas, tenis, zapatillas deportivas
Turnschuh, Turnschuhe, Sneaker, Sportschuhe, Laufschuhe
basket, baskets, tennis, chaussures de sport, chaussure de course
tênis, ténis, sapatilha, sapatilhas, sapato esportivo
running, jogging, marathon, correr, laufen, joggen, courir, corrida, shoe, shoes, zapato, Schuh

boot: boot, boots, ankle boots, wellingtons, winter boots
bota, botas, botín, botines, botas de agua
Stiefel, Stiefelette, Stiefeletten, Gummistiefel, Winterstiefel
botte, bottes, bottine, bottines
bota, botas, botim, botins, galochas
snow, mud, winter, nieve, barro, invierno, Schnee, Schlamm, neige, boue, neve, lama

hat: hat, hats, cap, caps, beanie, sun hat, baseball cap, bonnet
sombrero, sombreros, gorra, gorras, gorro
Hut, Hüte, Mütze, Mützen, Kappe, Schirmmütze
chapeau, chapeaux, casquette, casquettes, bonnet
chapéu, chapéus, boné, bonés, gorro
head, brim, cabeza, ala, Kopf, Krempe, tête, cabeça, aba

sunglasses: sunglasses, shades, glasses, eyewear, spectacles
gafas de sol, gafas, lentes, lentes de sol, anteojos
Sonnenbrille, Sonnenbrillen, Brille, Brillen
lunettes de soleil, lunettes, solaires
óculos de sol, óculos, óculos escuros
eyes, glare, beach, ojos, playa, Augen, blenden, yeux, éblouir, olhos, praia, sunny

wall_clock: wall clock, clock, clocks, kitchen clock
reloj de pared, reloj, relojes
Wanduhr, Wanduhren, Uhr, Uhren, Küchenuhr
horloge, horloges, pendule, horloge murale
relógio de parede, relógio, relógios
time, hours, hora, Zeit, Stunde, heure, horas, tell time, punctual

bowl: bowl, bowls, dish, salad bowl
cuenco, cuencos, bol, ensaladera
Schüssel, Schüsseln, Schale, Schalen
bol, bols, saladier, jatte
tigela, tigelas, taça, saladeira
cereal, soup, salad, sopa, ensalada, Suppe, Müsli, soupe, salade

plant: potted plant, plant, plants, houseplant, succulent
planta, plantas, planta en maceta, maceta
Topfpflanze, Pflanze, Pflanzen, Zimmerpflanze
plante, plantes, plante en pot
planta em vaso, planta, plantas, suculenta
leaves, garden, hojas, jardín, Blätter, Garten, feuilles, jardin, folhas, jardim

candle: candle, candles, taper
vela, velas, cirio, candela
Kerze, Kerzen, Teelicht
bougie, bougies, chandelle
vela, velas, círio
flame, wax, scent, llama, cera, Flamme, Wachs, flamme, cire, chama

book: book, books, notebook, diary, novel
libro, libros, cuaderno, novela
Buch, Bücher, Notizbuch, Heft, Roman
livre, livres, cahier, carnet, roman
livro, livros, caderno, romance
read, write, leer, escribir, lesen, schreiben, lire, écrire, ler

guitar: guitar, guitars, ukulele
guitarra, guitarras, ukelele
Gitarre, Gitarren
guitare, guitares
guitarra, violão, violões
music, strings, song, música, cuerdas, Musik, Saiten, musique, cordes, canção

ball: ball, balls, football, basketball
pelota, pelotas, balón, balones
Ball, Bälle, Fußball
ballon, ballons, balle
bola, bolas, esfera
play, team, goal, jugar, spielen, Spiel, jouer, brincar, jogar

watch: wristwatch, watch, watches
reloj de pulsera, relojes de pulsera
Armbanduhr, Armbanduhren
montre, montres, bracelet-montre
relógio de pulso, relógios de pulso
wrist, muñeca, Handgelenk, poignet, pulso

headphones: headphones, headset, earphones
auriculares, cascos, audífonos
Kopfhörer, Headset
casque audio, écouteurs
fones de ouvido, auscultadores, fone
listen, sound, escuchar, hören, écouter, ouvir

suitcase: suitcase, suitcases, luggage, trolley
maleta, maletas, equipaje, valija
Koffer, Reisekoffer, Trolley, Gepäck
valise, valises, bagage, bagages
mala de viagem, malas, bagagem
flight, airport, vuelo, aeropuerto, Flug, Flughafen, avion, aéroport, voo

sock: sock, socks, stocking
calcetín, calcetines, medias
Socke, Socken, Strumpf, Strümpfe
chaussette, chaussettes, bas
meia, meias, peúga
feet, toes, pies, Füße, Zehen, pieds, pés
"""


def kinds() -> dict[str, tuple[list[list[str]], list[str]]]:
    """For each kind its names by language and its loosely related words."""
    table = {}
    for block in _KINDS.strip().split("\n\n"):
        name, _, rest = block.partition(": ")
        lines = [line.split(", ") for line in rest.split("\n")]
        table[name] = (lines[:-1], lines[-1])
    return table
