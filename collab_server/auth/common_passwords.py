"""Passwords that guessers try first, as far as they are long enough to be taken: lists of leaks, keyboards, lyrics.

Compared without case. Runs and repetitions are found by rule (passwords.py) and are not listed.
"""

COMMON = frozenset(
    """
    1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc 1q2w3e4r5t6y7u q1w2e3r4t5y6 q1w2e3r4t5y6u7 zaq12wsxcde3 zaq1zaq1zaq1
    qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyqwerty
    qwertyasdfgh qwertyasdfzxcv qwerasdfzxcv qazwsxedcrfv qazwsxedc123 asdfghjkl123 asdfghjkl1234 asdfasdfasdf
    zxcvbnm12345 zxcvbnm123456 poiuytrewq123 1234qwerasdf 1234qwerasdfzxcv azertyuiop123 qwertzuiop123
    password1234 password12345 password123456 password1234567 password12345678 password123456789 passwordpassword
    password2020 password2021 password2022 password2023 password2024 password2025 password2026 password!234
    p@ssword1234 p@ssw0rd1234 p@ssw0rd12345 passw0rd1234 passw0rd12345 pa$$word1234 pa55word1234 mypassword12
    mypassword123 mypassword1234 thisismypassword newpassword1 newpassword12 newpassword123 oldpassword12
    yourpassword mysecretpassword secretpassword secret123456 topsecret123 supersecret1 supersecret123
    changeme1234 changeme12345 changemenow1 changemenow123 changethispassword pleasechangeme defaultpassword
    default12345 temporary123 temppassword temppassword1 temppass1234 testpassword testpassword1 test12345678
    testtesttest testing12345 testing123456 test1234test guestguest12 guest12345678 letmeinletmein letmein12345
    letmein123456 letmeinplease welcome12345 welcome123456 welcomewelcome welcomehome1 welcome2024! welcome2025!
    welcome2026! administrator administrator1 administrator123 admin1234567 admin12345678 admin123456789 adminadmin12
    adminadminadmin adminpassword admin@123456 administrador superadmin123 sysadmin1234 rootrootroot root12345678
    rootpassword toortoortoor userpassword user12345678 username1234 usernamepassword loginlogin12 login1234567
    iloveyou1234 iloveyou12345 iloveyou123456 iloveyousomuch iloveyouforever iloveyoubaby iloveyou4ever
    ilovemyfamily iloveyoumore iloveyou2024 iloveyou2025 sunshine1234 sunshine12345 princess1234 princess12345
    football1234 football12345 baseball1234 baseball12345 basketball12 basketball123 superman1234 superman12345
    batmanbatman batman123456 spiderman123 spiderman1234 starwars1234 starwars12345 pokemon12345 pokemon123456
    dragon123456 dragonball12 dragonballz1 monkey123456 shadow123456 master123456 michael12345 jennifer1234
    jordan123456 charlie12345 liverpool123 liverpool1234 chelsea12345 arsenal12345 barcelona123 realmadrid12
    manchester12 manchesterunited liverpoolfc1 ferrari12345 mercedes1234 porsche12345 harley123456 corvette1234
    trustno1trustno1 whateverwhatever computer1234 computer12345 internet1234 internet12345 samsung12345
    google123456 googlegoogle facebook1234 facebook12345 linkedin1234 instagram123 microsoft123 windows12345
    minecraft123 minecraft1234 fortnite1234 roblox123456 playstation1 playstation123 nintendo1234
    blink182blink blessed12345 jesuschrist1 jesusislord1 jesuslovesme godisgreat12 godisgood123 hallelujah12
    freedom12345 america12345 england12345 london123456 newyork12345 australia123 canada123456
    summer123456 winter123456 spring123456 autumn123456 summer2024!! winter2024!! summer2025!! winter2025!!
    january12345 february1234 november1234 december1234 september123 october12345 monday123456 friday123456
    hellohello12 hello1234567 hello12345678 helloworld12 helloworld123 helloworld1234 helloworld!! hello123hello
    correcthorsebatterystaple correct-horse-battery-staple correcthorse1
    thequickbrownfox thequickbrownfoxjumps tobeornottobe maytheforcebewithyou opensesame12 opensesame123 abracadabra1
    abracadabra123 abcdefgh1234 abcdefgh12345678 abcd1234abcd abcd12345678 abc123456789 abc123abc123 abcabc123123
    a1b2c3d4e5f6 a1b2c3d4e5f6g7 aa1234567890 a12345678901 a123456789012 aa123456789a abc1234567890 123456abcdef
    123456qwerty 1234567890qw 1234567890qwerty 1234567890ab 1234567890abc 123qweasdzxc 123qwe123qwe 123123qweqwe
    123abc123abc 147258369147 159753159753 741852963741 789456123789 987654321098 112233445566 111222333444
    101010101010 121212121212 131313131313 123654789123 102030405060 314159265358 3.1415926535 271828182845
    flowroom1234 flowroom12345 flowroom123456 flowroomflowroom myflowroom12 workflow1234 workflowworkflow
    """.split()
) | {"correct horse battery staple", "may the force be with you", "the quick brown fox", "to be or not to be"}
