"""``rtseg bench live --davis``: is the outline right on the picture that is on the screen?

::

    DAVIS ─▶ camera file, stamped ─▶ Chromium ─▶ server: tracker, late oracle ─▶ page ─▶ screen
                                                                                          │
              truth of the number in it ◀── stamp of the picture that is really there ────┤
                       └────────────────▶ J and F ◀── outlines as they were drawn ────────┘

Each sequence plays in a loop as the camera of a real browser. Behind the product's own engine sits
a model that is perfect and answers some frames late (`oracle`), or one of the product's models. The
page tells of each picture that it puts on its screen, with the outlines as drawn (`records`); the
number is read off the picture itself. What stood there is scored against the truth of that very
frame (`scoring`), beside the tracker alone (`alone`), the same outlines drawn when they came, and
the model's masks without a tracker, as others show them.
"""
