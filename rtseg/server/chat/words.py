"""Words of requests that name nothing to outline. English; all in lower case."""

from __future__ import annotations

import re


def of(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


PICTURE = (
    r"(?:images?|photos?|pictures?|pics?|photographs?|scenes?|frames?|shots?|screenshots?|snapshots?|"
    r"views?|inputs?|uploads?|attachments?)"
)

IN_THE_PICTURE = re.compile(
    r"[,]?\s*\b(?:(?:that|which) (?:is|are|appears?|can be seen) |visible |present |seen |shown |"
    r"found |there (?:is|are) )?"
    r"(?:in|on|from|of|within|inside|throughout|across|for|to|at|over)\s+"
    r"(?:(?:this|the|that|my|these|our|each|an?|following|attached|given|provided|uploaded|above|"
    r"below|input|entire|whole|full|enclosed|first|street|all)\s+)*"
    + PICTURE
    + r"(?:\s+(?:below|above|attached|provided|here|i\s+(?:have\s+)?(?:sent|uploaded|attached)|"
    r"you see))?\b(?!['’]s)(?!\s+(?:frames?|albums?|books?|windows?|on the wall)\b)",
    re.IGNORECASE,
)
"""Where else? "the cats in this image", "from the attached photo, …"."""

LEAD = of("""
    please kindly can could would will shall you your hey hi hello dear i we i'd we'd want need
    needs like to let's let lets us me my now then also just only simply help and so ok okay try
    segment segments segmenting segmentation segmentations segmented outline outlines outlining
    outlined mask masks masking masked find finds finding detect detects detecting detection locate
    identify extract isolate cut crop highlight delineate annotate trace show give gives giving get
    classify assign getting return returns provide produce generate create compute draw separate
    select pick out analyze analyse process inspect examine put over around tell
    returning providing giving outputting including labeling labelling classifying into
    make run perform do does apply predict recognize recognise localize localise spot see look
    search for of the a an all every each any some both these those this that where is are there
    here which pixels pixel pixelwise pixel-wise pixel-level pixel-perfect level precise accurate
    exact detailed high-quality quality fine-grained binary separate individual single instance
    instance-level instances semantic panoptic semantically full complete whole task use using mode
    how many count number visible different various distinct possible following categories
    category classes class types type labels label named called if exist exists been be have has
    had should must additionally afterwards finally as well too again with
    by per my our their its it's what's where's i'm on it them carefully automatically accurately
    precisely every one whatever thank thanks prompt query request targets target polygon polygons
    bbox bboxes contour contours silhouette silhouettes shape
    """)
"""What a request begins with before it names a thing: "Can you please find and mask the …"."""

COMMANDS = of("""
    segment segmenting segmentation outline outlining mask masks find detect locate identify extract
    isolate highlight delineate annotate trace show give get return provide produce generate create
    draw separate select pick cut want need like where count perform compute run apply predict
    spot recognize recognise localize localise
    """)
"""One of these makes a sentence a request, whatever it begins with."""

ABOUT_THE_ANSWER = LEAD | of("""
    url urls uri signed mask_url mask_urls png pngs image images json coco rle svg schema format
    formats response responses answer output outputs result results bbox bboxes coordinates
    coordinate score scores confidence confidences area areas size sizes list lists array
    object objects item items thing things name names id ids valid given below above
    structured data value values color colour grayscale file files
    pre-signed presigned normalized normalised int integer float string strict exactly markdown
    explanation explanations nothing else or in at from into via do don't not no include including
    respond reply write save send ensure sure correct correctly corresponding respective
    respectively matching match appear appears present detected found segmented separately
    individually independently own one two map maps region regions area areas overlay model
    image's photo picture scene input provided attached along together information details
    detail level quality best possible high low resolution they he she it's there's also them
    nothing
    first second next
    same order sorted left-to-right key keys dictionary dict per-instance per-class per-pixel
    instance-wise class-wise conform conforming following according accordance follow
    precision granularity fine coarse tight tightly closely thing stuff things time step by
    """)
"""A piece of nothing but these says how to answer, not what to outline: "with labels as JSON"."""

EVERYTHING = re.compile(
    r"(?:(?:all|every|each|any|of|the|single|individual|visible|different|distinct|"
    r"detectable|recognizable|recognisable|identifiable|possible|known|separate|present|various) )*"
    r"(?:everything|every ?thing|anything|all|all of it|(?:whole|entire|full) "
    r"(?:image|photo|picture|scene|frame|thing)|objects?|things?|items?|instances?|entit(?:y|ies)|"
    r"(?:the |this )?(?:image|photo|picture|scene|frame)(?: into (?:its |all |different )*"
    r"(?:objects|parts|segments|regions|instances|classes|components))?|elements?|regions?|stuff|"
    r"things? and stuff|objects? and (?:background|surfaces?|regions?)|segments?)"
    r"(?: (?:that |which )?(?:you (?:can )?(?:see|find|know|recogni[sz]e|detect|identify)|"
    r"(?:is|are) (?:visible|there|present)|there (?:is|are)|visible|present|there|here|in it|"
    r"individually|separately|completely|fully))*"
)
"""No kind of thing is named, all are meant."""

EXCEPT = re.compile(
    r"[,;]?\s*\b(?:except(?:ing)?(?: for| of)?|excluding|exclude|but not|other than|apart from|"
    r"aside from|save for|not including|leaving out|leave out|ignoring|ignore|skipping|skip|"
    r"minus|(?:please )?(?:do not|don['’]t|never) (?:segment|include|outline|mask|detect|find)|"
    r"and not|with the exception of|without including)\b",
    re.IGNORECASE,
)
ALL_BUT = re.compile(r"\b(all|everything|everyone|anything|every\s+\w+|all\s+\w+)\s+but\b", re.I)
ONLY_NOT = re.compile(r",\s*not\s+(?=the|a|an|any|my)\b", re.I)

BETWEEN = re.compile(
    r"\s*(?:[,;|•·+&\n]|\s/\s|(?<=[a-z])/(?=[a-z])|\b(?:and|or|plus|as well as|along with|"
    r"together with|in addition to|and also|and/or|vs\.?|followed by|such as|including|"
    r"for example|for instance|namely|i\.e\.|e\.g\.)(?!\w))\s*",
    re.IGNORECASE,
)

OF_A_KIND = re.compile(
    r"^(?:the )?(?:objects?|things?|items?|instances?|pixels?|regions?|areas?|examples?|"
    r"occurrences?|masks?|outlines?|contours?|silhouettes?|shapes?|anything|everything)"
    r"(?:(?: that| which)? ?\b(?:of|called|named|labell?ed(?: as)?|belonging to|belong to|is|are|"
    r"for|showing|covered by|containing|around|classified as|representing)\b)+"
    r"(?: the)?(?: (?:type|class|category|kind|label)s?(?: of)?)?:? +",
    re.IGNORECASE,
)
"""`"objects of type car"` is a car."""

JOINS = re.compile(
    r"\b(?:with|wearing|holding|carrying|riding|having|who|whose|between|behind|beside|near|"
    r"next to|in front of|playing)\b",
    re.IGNORECASE,
)
"""Words after which an "and" may belong to what is said of one thing."""

ADJECTIVES = of("""
    red orange yellow green blue purple violet pink brown black white grey gray beige golden gold
    silver dark light bright big large small tiny little huge tall short long old young new wooden
    metal plastic left right upper lower top bottom front rear striped spotted open closed round
    square male female leftmost rightmost nearest furthest parked moving standing sitting
    """)
"""Before an "and" they belong to the noun after it: "the black and white cat"."""

INTO = re.compile(r"\b(?:the|this|my|that)\s+" + PICTURE + r"\s+into\s+(?!\w+\s*$)", re.IGNORECASE)
"""`"segment the image into person, car and road"`."""

FOR_EACH = re.compile(
    r"^(?:and )?for (?:each|every|all)(?: of)?(?: the)? (.+?) (?:please )?"
    r"(?:return|give|provide|output|include|generate|create|draw|produce|list|show|write|add)\b.*$",
    re.IGNORECASE,
)
"""`"for each car give the label"`."""

ON_THE_END = re.compile(
    r"(?: (?:that |which )?(?:you|we|i) (?:can )?"
    r"(?:find|see|detect|spot|identify|know|recogni[sz]e)|"
    r" from (?:the|its|their) background| (?:is|are)(?: there| visible| located)?|"
    r"(?<!with)(?<!wearing)(?<! a)(?<!the)(?<!their)(?<!face)(?<!gas)(?<!surgical)(?<!ski)(?<!his)"
    r"(?<!her)(?<!diving) masks?)$",
    re.IGNORECASE,
)
"""What a phrase is followed by without being another thing for it."""

THERE_IS = re.compile(
    r"^(?:there(?:'s| is| are)|(?:it|this|the) ?(?:image|photo|picture|scene)? ?"
    r"(?:shows?|contains?|has|depicts?))\s+(.+)$",
    re.IGNORECASE,
)
"""What an "it" or a "them" of the next sentence may stand for."""

IN_ORDER = re.compile(
    r"^(?:first|second|third|next|then|finally|lastly)(?:ly)?,? +(?=[a-z]+ )", re.I
)
"""`"First, segment the cars"`, unlike `"the first car"`."""

EXAMPLE = re.compile(
    r"\{[^{}]*:\s*(?:\.\.\.|…|<[^<>{}]*>|\b(?:str(?:ing)?|float|int(?:eger)?|number|list)\b|"
    r"\"(?:\.\.\.|…|str(?:ing)?|<[^<>{}\"]*>|https?:[^{}\"]*|url)\")[^{}]*\}"
)
"""The form of an answer, written out: `{"label": ..., "mask_url": "<url>"}`."""

THINGS_TOO = of("mask masks label labels number numbers shape shapes target targets spot type")
"""Words of requests that name a thing before one of `WHERE`: "the label on the bottle" …"""
WHERE = of("on under behind near at beside next above below")
PLACING = of("put draw place")
"""… unless one of these is before it: "put a mask on the bottle"."""

TRAILS = of("with as using in into by via for at on to from per one")
"""Before nothing but `ABOUT_THE_ANSWER`, the end of a phrase: "the cars | with scores"."""

LAST = of("""
    panoptically semantically please here too also visible present individually separately now
    thanks there only etc respectively class category instances pixels again segmentation
    """)
"""Words after a phrase that say nothing more of it."""

EACH = re.compile(
    r"\b(?:each|every|individual(?:ly)?|separate(?:ly)?|one by one|instances?|per \w+)\b",
    re.IGNORECASE,
)
"""Things of a kind are wanted one by one."""

PRONOUNS = of("""
    it them this that these those one ones they him her he she me us something thing
    """)

ELSEWHERE = re.compile(
    r"^(?:what|why|who|when|how(?! many)|describe|explain|caption|translate|summari[sz]e|tell|"
    r"write|compose|read|transcribe|classify(?! (?:each|every|all|the) pixel)|estimate|"
    r"calculate|solve|compare|answer|ocr|"
    r"remove|erase|inpaint|edit|replace|blur|pixelate|recolou?r|"
    r"generate (?:an?|the) (?:image|picture|photo)|"
    r"is (?:this|it|he|she)|are (?:these|they|you)|do you|does)\b",
    re.IGNORECASE,
)
"""Another task than outlining."""

WHAT_IS_THERE = re.compile(
    r"^(?=.*\b(?:there|see|in|on|visible|objects?|things?|items?)\b)"
    r"what(?:['’]?s| is| are| do| can|(?: all| kinds? of| types? of)* (?:objects?|things?|items?)"
    r"(?: are| is| do| can)?)"
    r"(?: (?:there|you|we|see|visible|present|in|on|inside|within|this|the|that|my|here|find|"
    r"detect))*(?: " + PICTURE + r")?[ ?]*$",
    re.IGNORECASE,
)

CHATTER = re.compile(
    r"^(?:(?:i|we|it|there|this|here|that|he|she|they|you|the (?:image|photo|picture|scene)|"
    r"my (?:image|photo|picture))(?:\s+(?:\w+\s+){0,2}?(?:am|is|are|was|were|have|has|had|took|saw|"
    r"see|shows?|contains?|depicts?|comes?|be|will|work|build)\b|['’](?:m|s|re|ve)\b)|"
    r"thank|thanks|cheers|hello|hi\b|hey\b|dear|good (?:morning|evening|afternoon)|note that|"
    r"remember|think|consider|important|ensure|make sure|be (?:precise|careful|accurate)|"
    r"if (?:there|nothing|no|none|you)|when|your (?:task|job|goal|role))",
    re.IGNORECASE,
)
"""Sentences that tell rather than ask."""
