"""Words that made-up names are composed of; lists of our own, taken from no register."""

SURNAMES = tuple(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
)
GIVEN = tuple(
    "安柏彬昌辰春大德迪东恩方飞芬丰刚国海涵航和恒红洪辉慧佳建健洁金锦静军俊凯康兰雷莉立良林玲柳龙露明娜宁培鹏萍启倩强青清庆琼荣蓉如瑞润森珊胜诗书舒顺思松涛天婷彤伟文武霞晓欣馨兴秀轩雪雅艳阳怡宜艺英颖永友宇玉媛远月云芸泽振正芝志智忠舟竹卓子紫"
)
BRAND_FIRST = tuple("安百宝博昌诚川春达大德鼎东方丰福富高冠光广国海瀚和恒红宏鸿华汇惠佳嘉金锦九聚康利联隆美民铭")
BRAND_SECOND = tuple("宁盛源泰达顺祥通瑞兴发旺康德信诚和润泽华美佳宜峰林川江洋航宇辰星辉明阳春秋禾园居雅尚品味乐途驰")
BRAND_THIRD = tuple("斯尔诺维特朗克莱森威图科")
STREETS = (
    "红杉路",
    "望江街",
    "盐泉路",
    "井架街",
    "青桐路",
    "迎春巷",
    "书院街",
    "新桥路",
    "郪水街",
    "工坊大道",
    "西站路",
    "石榴街",
)
VILLAGES = tuple(
    f"{name}村"
    for name in (
        "青杠", "石马", "双井", "柏树", "高桥", "枣林", "白鹭", "五里", "团山", "观音桥", "龙洞", "板桥", "雨台",
        "梨园", "水磨", "三溪", "长坝", "黄连",
    )
)  # fmt: skip
CROPS = ("花椒", "柑橘", "白芷", "葡萄", "水稻", "蔬菜", "核桃", "中药材", "食用菌", "油桐")
MARKET_GOODS = ("蔬菜", "水果", "鲜肉", "干杂", "水产", "豆制品", "熟食", "禽蛋")
ISSUING_PLACES = ("商贸城", "建材市场", "农贸市场", "客运站旁", "工业园区")

HOMOPHONES = dict(zip("宁达祥兴佳宏源明诚华丰惠盛利福和通美", "凝大翔星嘉鸿园名城桦峰慧胜力富合同镁", strict=True))
"""A typist's slip: another character of the same sound."""
GIVEN_HOMOPHONES = dict(
    zip("艳欣忠永丽玉静英志伟芳明云红建林康佳军辉", "燕新中勇莉宇敬颖智炜方鸣芸洪健琳慷嘉君晖", strict=True)
)
"""The same slip in a person's name."""
ABBREVIATIONS = {
    "有限责任公司": "有限公司",
    "有限公司": "",
    "专业合作社": "专合社",
    "村民委员会": "村委会",
    "卫生室": "卫生站",
    "经营部": "部",
}
"""How clerks shorten names, the first that fits."""
CHINESE_DIGITS = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
TRADITIONAL = dict(
    zip("县镇华达兴宁业馆药东门车机电医学场发丰顺", "縣鎮華達興寧業館藥東門車機電醫學場發豐順", strict=True)
)
FULL_WIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
"""Half-width letters and digits to full width."""
