"""WebRTC, and the only package that imports the WebRTC library (aiortc, pinned).

RtcError
├── BadOfferError            a description that this robot cannot answer; the text says why
├── BadFeedbackError         a report on our packets that breaks its format
└── IncompatibleAiortcError  a private part that `patches` reaches for is not where it was
"""
