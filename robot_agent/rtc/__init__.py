"""WebRTC, and the only package that imports the WebRTC library (aiortc, pinned).

RtcError
├── BadOfferError        a description that this robot cannot answer; the text says why
└── IncompatibleAiortcError  a private part that `patches` reaches for is not where it was
"""
