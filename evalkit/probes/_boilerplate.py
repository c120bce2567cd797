"""Sentences that pages carry and that say nothing of what a page is about."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "All rights reserved.",
        "Please read the following information carefully.",
        "This page is updated from time to time.",
        "Details may change without notice.",
        "We are here to help if anything is unclear.",
        "Thank you for your interest.",
        "Everything is stated to the best of our knowledge.",
        "No part of this text may be passed on without our consent.",
        "You can reach us on weekdays during the usual hours.",
        "The general terms and conditions apply.",
        "Further information is available on request.",
        "Keep this notice for your records.",
        "Mistakes and omissions excepted.",
        "Other versions of this text are no longer valid.",
        "By reading on you agree to our policy.",
        "Tell us what you think of this page.",
        "The pictures are examples and may differ from what you see.",
        "An overview of all topics is found at the end.",
        "Share this with others who may find it useful.",
        "This message was written with care.",
    ),
    "es": (
        "Todos los derechos reservados.",
        "Lea atentamente la siguiente información.",
        "Esta página se actualiza de vez en cuando.",
        "Los datos pueden cambiar sin previo aviso.",
        "Estamos a su disposición si algo no queda claro.",
        "Gracias por su interés.",
        "Todo se indica según nuestro leal saber y entender.",
        "Ninguna parte de este texto puede difundirse sin nuestro permiso.",
        "Puede contactarnos en días laborables y en el horario habitual.",
        "Se aplican las condiciones generales.",
        "Si lo solicita, recibirá más información.",
        "Conserve este aviso.",
        "Salvo error u omisión.",
        "Las versiones anteriores de este texto ya no son válidas.",
        "Al seguir leyendo acepta nuestra política.",
        "Díganos qué le parece esta página.",
        "Las imágenes son ejemplos y pueden no coincidir con lo que ve.",
        "Al final encontrará un resumen de todos los temas.",
        "Comparta esto con quien pueda encontrarlo útil.",
        "Este mensaje se ha redactado con esmero.",
    ),
}
