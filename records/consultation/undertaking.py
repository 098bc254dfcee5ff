"""The confidentiality undertaking 保密承诺书, in versions: what was accepted is kept with the consultation."""

from classification.text import Label

VERSION = "2026-1"
TEXT = Label(
    "本人已知悉档案利用规定，郑重承诺：\n"
    "一、所查阅的档案只用于申请写明的用途，不作他用；\n"
    "二、对所知悉的内容和个人信息保守秘密，不泄露，不擅自公布、传播；\n"
    "三、不拍照、截屏、录像，不转借账号，不查阅批准范围以外的档案，不涂改、抽换、损毁档案；\n"
    "四、查阅结束后如实反馈利用效果；\n"
    "五、如有违反，愿承担相应的法律责任。",
    "I know the rules on using archives and undertake:\n"
    "1. to use the records I am shown for the purpose stated in the request and for no other;\n"
    "2. to keep what I learn, and the data of persons, secret; not to disclose, publish or spread it;\n"
    "3. not to photograph, capture or film the screen, not to lend my account, not to look beyond what was approved, "
    "not to alter, exchange or damage records;\n"
    "4. to report truthfully, once I have finished, what use was made of them;\n"
    "5. to answer for any breach before the law.",
)
