"""The request bodies of every service, field by field; names that end with `?` are optional."""

from __future__ import annotations

from collections.abc import Mapping

from tests.services.inputs import AUDIOS, IMAGES, VIDEOS
from tests.services.schema import (
    Anything,
    Base64,
    Choice,
    Either,
    Flag,
    Many,
    Number,
    Object,
    Shape,
    Tagged,
    Text,
    whole,
)

INLINE = 25_000_000
S3_URI = Text(form=r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")

# --- Amazon Nova Multimodal Embeddings ------------------------------------------------------------

NOVA_CHARS = 50_000
_NOVA_S3 = Object({"uri": S3_URI})
_NOVA_SOURCE = Object(
    {"bytes?": Base64(INLINE), "s3Location?": _NOVA_S3}, one_of=("bytes", "s3Location")
)
_NOVA_CONTENT = ("text", "image", "audio", "video")
_NOVA_COMMON: dict[str, Shape] = {
    "embeddingPurpose": Choice(
        "GENERIC_INDEX",
        "GENERIC_RETRIEVAL",
        "TEXT_RETRIEVAL",
        "IMAGE_RETRIEVAL",
        "DOCUMENT_RETRIEVAL",
        "VIDEO_RETRIEVAL",
        "AUDIO_RETRIEVAL",
        "CLASSIFICATION",
        "CLUSTERING",
    ),
    "embeddingDimension?": Choice(3072, 1024, 384, 256),
}
_NOVA_MODE = Choice("AUDIO_VIDEO_COMBINED", "AUDIO_VIDEO_SEPARATE")


def _nova_content(
    source: Shape, text: Mapping[str, Shape], more: Mapping[str, Shape]
) -> dict[str, Shape]:
    """Return the four kinds of content; `more` is what sound, video and no picture has besides."""
    inline = Object({"s3Location": _NOVA_S3})
    return {
        "text?": Object(
            {
                "truncationMode": Choice("START", "END", "NONE"),
                "value?": Text(1, NOVA_CHARS),
                "source?": inline,
                **text,
            },
            one_of=("value", "source"),
        ),
        "image?": Object(
            {
                "format": Choice(*IMAGES),
                "source": source,
                "detailLevel?": Choice("STANDARD_IMAGE", "DOCUMENT_IMAGE"),
            }
        ),
        "audio?": Object({"format": Choice(*AUDIOS), "source": source, **more}),
        "video?": Object(
            {"format": Choice(*VIDEOS), "source": source, "embeddingMode": _NOVA_MODE, **more}
        ),
    }


_SECONDS = {"segmentationConfig": Object({"durationSeconds?": whole(1, 30)})}
_CHARS = {"segmentationConfig": Object({"maxLengthChars?": whole(800, 50_000)})}
NOVA = Object(
    {
        "schemaVersion?": Choice("nova-multimodal-embed-v1"),
        "taskType": Choice("SINGLE_EMBEDDING"),
        "singleEmbeddingParams": Object(
            {**_NOVA_COMMON, **_nova_content(_NOVA_SOURCE, {}, {})}, one_of=_NOVA_CONTENT
        ),
    }
)
NOVA_ASYNC = Object(
    {
        "schemaVersion?": Choice("nova-multimodal-embed-v1"),
        "taskType": Choice("SEGMENTED_EMBEDDING"),
        "segmentedEmbeddingParams": Object(
            {
                **_NOVA_COMMON,
                **_nova_content(Object({"s3Location": _NOVA_S3}), _CHARS, _SECONDS),
            },
            one_of=_NOVA_CONTENT,
        ),
    }
)

# --- Amazon Titan ---------------------------------------------------------------------------------

TITAN_TEXT = Object(
    {
        "inputText": Text(1, 50_000),
        "dimensions?": Choice(1024, 512, 256),
        "normalize?": Flag(),
        "embeddingTypes?": Many(Choice("float", "binary")),
    }
)
TITAN_MULTIMODAL = Object(
    {
        "inputText?": Text(1),
        "inputImage?": Base64(INLINE),
        "embeddingConfig?": Object({"outputEmbeddingLength?": Choice(1024, 384, 256)}),
    },
    some_of=("inputText", "inputImage"),
)

# --- Cohere Embed ---------------------------------------------------------------------------------

_COHERE_KINDS = ("search_document", "search_query", "classification", "clustering")
_COHERE_TYPES = Many(Choice("float", "int8", "uint8", "binary", "ubinary"))
_COHERE_IMAGE = Either(Text(1), Object({"url": Text(1)}))
COHERE_V4 = Object(
    {
        "input_type": Choice(*_COHERE_KINDS),
        "texts?": Many(Text(1), 1, 96),
        "images?": Many(Text(1), 1, 96),
        "inputs?": Many(
            Object(
                {
                    "content": Many(
                        Tagged(
                            "type",
                            {
                                "text": Object({"text": Text(1)}),
                                "image_url": Object({"image_url": _COHERE_IMAGE}),
                            },
                        )
                    )
                }
            ),
            1,
            96,
        ),
        "embedding_types?": _COHERE_TYPES,
        "output_dimension?": Choice(1536, 1024, 512, 256),
        "max_tokens?": whole(1, 128_000),
        "truncate?": Choice("NONE", "LEFT", "RIGHT"),
    },
    one_of=("texts", "images", "inputs"),
)
COHERE_V3 = Object(
    {
        "input_type": Choice(*_COHERE_KINDS, "image"),
        "texts?": Many(Text(1, 2048), 1, 96),
        "images?": Many(Text(1), 1, 1),
        "embedding_types?": _COHERE_TYPES,
        "truncate?": Choice("NONE", "START", "END"),
    },
    one_of=("texts", "images"),
)

# --- TwelveLabs Marengo ---------------------------------------------------------------------------

_MARENGO_BYTES: dict[str, Shape] = {
    "base64String?": Base64(INLINE),
    "s3Location?": Object({"uri": S3_URI, "bucketOwner?": Text(form=r"\d{12}")}),
}
_MARENGO_ONE = ("base64String", "s3Location")
_MARENGO_SOURCE = Object(_MARENGO_BYTES, one_of=_MARENGO_ONE)
_MARENGO_TEXT = Object({"inputText": Text(1), "textTruncate?": Choice("end", "none")})
_MARENGO_IMAGE = Object({"mediaSource": _MARENGO_SOURCE})
_MARENGO_CLIPS: dict[str, Shape] = {
    "mediaSource": _MARENGO_SOURCE,
    "startSec?": Number(0),
    "lengthSec?": Number(0),
    "useFixedLengthSec?": Number(2, 10),
    "embeddingOption?": Many(Choice("visual-text", "visual-image", "audio"), 1, 3),
}
MARENGO_2 = Tagged("inputType", {"text": _MARENGO_TEXT, "image": _MARENGO_IMAGE})
MARENGO_2_ASYNC = Tagged(
    "inputType",
    {
        "text": _MARENGO_TEXT,
        "image": _MARENGO_IMAGE,
        "audio": Object(_MARENGO_CLIPS),
        "video": Object({**_MARENGO_CLIPS, "minClipSec?": whole(1, 5)}),
    },
)
_MARENGO_3_TEXT = Object({"text": Object({"inputText": Text(1)})})
_MARENGO_3_IMAGE = Object({"image": Object({"mediaSource": _MARENGO_SOURCE})})
_MARENGO_3_BOTH = Object(
    {"text_image": Object({"inputText": Text(1), "mediaSource": _MARENGO_SOURCE})}
)
_MARENGO_3_NAMED: dict[str, Shape] = {
    "name": Text(1),
    "mediaType": Choice("image"),
    **_MARENGO_BYTES,
}
_MARENGO_3_MIX = Object(
    {
        "multi_input": Object(
            {
                "inputText": Text(1),
                "mediaSources": Many(Object(_MARENGO_3_NAMED, one_of=_MARENGO_ONE)),
            }
        )
    }
)
_MARENGO_3_CLIPS: dict[str, Shape] = {
    "mediaSource": _MARENGO_SOURCE,
    "startSec?": Number(0),
    "endSec?": Number(0),
    "segmentation?": Tagged(
        "method",
        {
            "fixed": Object({"fixed": Object({"durationSec": whole(1, 10)})}),
            "dynamic": Object({"dynamic": Object({"minDurationSec": whole(1, 5)})}),
        },
    ),
    "embeddingOption?": Many(Choice("visual", "audio", "transcription"), 1, 3),
    "embeddingType?": Many(Choice("separate_embedding", "fused_embedding"), 1, 2),
    "embeddingScope?": Many(Choice("clip", "asset"), 1, 2),
}
_MARENGO_3_SYNC = {
    "text": _MARENGO_3_TEXT,
    "image": _MARENGO_3_IMAGE,
    "text_image": _MARENGO_3_BOTH,
    "multi_input": _MARENGO_3_MIX,
}
MARENGO_3 = Tagged("inputType", _MARENGO_3_SYNC)
MARENGO_3_ASYNC = Tagged(
    "inputType",
    {
        **_MARENGO_3_SYNC,
        "audio": Object({"audio": Object(_MARENGO_3_CLIPS)}),
        "video": Object({"video": Object(_MARENGO_3_CLIPS)}),
    },
)

# --- jobs of Bedrock ------------------------------------------------------------------------------

_TOKEN = Text(1, 256, r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_TAGS = Many(Object({"key": Text(1, 128), "value": Text(0, 256)}), 0, 200)
START_ASYNC = Object(
    {
        "clientRequestToken?": _TOKEN,
        "modelId": Text(1, 256),
        "modelInput": Anything(),
        "outputDataConfig": Object(
            {
                "s3OutputDataConfig": Object(
                    {"s3Uri": S3_URI, "kmsKeyId?": Text(1), "bucketOwner?": Text(form=r"\d{12}")}
                )
            }
        ),
        "tags?": _TAGS,
    }
)
_BATCH_S3: dict[str, Shape] = {"s3Uri": S3_URI, "s3BucketOwner?": Text(form=r"\d{12}")}
CREATE_BATCH = Object(
    {
        "jobName": Text(1, 63, r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}"),
        "roleArn": Text(form=r"arn:aws(-[^:]+)?:iam::\d{12}:role/.+"),
        "modelId": Text(1, 2048),
        "clientRequestToken?": _TOKEN,
        "inputDataConfig": Object(
            {"s3InputDataConfig": Object({**_BATCH_S3, "s3InputFormat?": Choice("JSONL")})}
        ),
        "outputDataConfig": Object(
            {"s3OutputDataConfig": Object({**_BATCH_S3, "s3EncryptionKeyId?": Text(1)})}
        ),
        "timeoutDurationInHours?": whole(24, 168),
        "modelInvocationType?": Choice("InvokeModel", "Converse"),
        "tags?": _TAGS,
    }
)
BATCH_LINE = Object({"recordId?": Text(form=r"[a-zA-Z0-9]+"), "modelInput": Anything()})

# --- Google ---------------------------------------------------------------------------------------

_BLOB = Either(
    Object({"mimeType": Text(1), "data": Base64(url=True)}),
    Object({"mime_type": Text(1), "data": Base64(url=True)}),
)
_GEMINI_PART = Object(
    {"text?": Text(), "inlineData?": _BLOB, "inline_data?": _BLOB},
    one_of=("text", "inlineData", "inline_data"),
)
GEMINI = Object(
    {
        "model?": Text(form=r"models/[a-z0-9.-]+"),
        "content": Object({"parts": Many(_GEMINI_PART), "role?": Text()}),
        "taskType?": Choice(
            "RETRIEVAL_QUERY",
            "RETRIEVAL_DOCUMENT",
            "SEMANTIC_SIMILARITY",
            "CLASSIFICATION",
            "CLUSTERING",
            "QUESTION_ANSWERING",
            "FACT_VERIFICATION",
            "CODE_RETRIEVAL_QUERY",
        ),
        "title?": Text(),
        "outputDimensionality?": whole(128, 3072),
    }
)
GEMINI_BATCH = Object({"requests": Many(GEMINI)})

_VERTEX_BYTES: dict[str, Shape] = {
    "bytesBase64Encoded?": Base64(url=True),
    "gcsUri?": Text(form="gs://.+"),
}
_VERTEX_ONE = ("bytesBase64Encoded", "gcsUri")
VERTEX = Object(
    {
        "instances": Many(
            Object(
                {
                    "text?": Text(1, 1024),
                    "image?": Object({**_VERTEX_BYTES, "mimeType?": Text()}, one_of=_VERTEX_ONE),
                    "video?": Object(
                        {
                            **_VERTEX_BYTES,
                            "videoSegmentConfig?": Object(
                                {
                                    "startOffsetSec?": whole(0),
                                    "endOffsetSec?": whole(1),
                                    "intervalSec?": whole(4),
                                }
                            ),
                        },
                        one_of=_VERTEX_ONE,
                    ),
                },
                some_of=("text", "image", "video"),
            ),
            1,
            1,
        ),
        "parameters?": Object({"dimension?": Choice(128, 256, 512, 1408)}),
    }
)

# --- OpenAI ---------------------------------------------------------------------------------------

_OPENAI_INPUT = Either(
    Text(1), Many(Text(1), 1, 2048), Many(whole(0), 1, 8192), Many(Many(whole(0), 1, 8192), 1, 2048)
)
_OPENAI: dict[str, Shape] = {
    "input": _OPENAI_INPUT,
    "dimensions?": whole(1),
    "encoding_format?": Choice("float", "base64"),
    "user?": Text(),
}
OPENAI = Object({"model": Text(1), **_OPENAI})
TEI = Object({"model?": Text(), **_OPENAI})
