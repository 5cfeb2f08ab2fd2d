"""Chat completions about pictures, in the form of OpenAI and VLM Run.

No language model: the request is read by rules, the picture is looked at by the models that
outline, and the answer is filled into the caller's schema by what its fields mean.

::

    body ─▶ conversation ─▶ reading ─▶ choosing ──▶ models ──▶ scene ──▶ schemas ─▶ completion
            words, picture  a wish     prompts, or             entries   filled     JSON, events
                                       a refusal                            ▲
            response_format ─▶ schemas: read, checked ──────────────────────┘

Everything but `answering` and `routes` is pure. Two kinds of "no": what is wrong with the request's
form is a 4xx, which clients raise; what cannot be done about its words is a refusal, which the
assistant says.
"""

from rtseg.server.chat.routes import routes

__all__ = ["routes"]
