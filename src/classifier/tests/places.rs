//! Words whose meaning depends on where they stand, one rule a test. What surrounds a word says whether it
//! names a machine, an app, a device or a browser.

use super::helpers::{SAFARI, all, reason, verdict};
use crate::classifier::{
    classify::classify,
    verdict::{Reason, Verdict},
    visit::Visit,
};

#[test]
fn phones_with_a_machines_name_are_people() {
    for model in [
        "CUBOT X18 Plus",
        "CUBOT",
        "M bot 51",
        "IDbot553",
        "XBot_Senior",
        "B bot 50",
        "POWER BOT",
    ] {
        let agent = format!(
            "Mozilla/5.0 (Linux; Android 8.1.0; {model} Build/O11019) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/99.0.4844.73 Mobile Safari/537.36"
        );
        assert_eq!(verdict(&agent), Verdict::Person, "{model}");
    }
    assert_eq!(
        verdict(
            "UCWEB/2.0 (Linux; U; Opera Mini/7.1.32052/30.3697; en-US; M_bot_51) U2/1.0.0 UCBrowser/9.1.1.420 Mobile"
        ),
        Verdict::Person
    );
}

#[test]
fn a_phones_maker_may_stand_behind_an_apps_name() {
    let window = "Mozilla/5.0 (Linux; Android 13; F102 Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
                  Version/4.0 Chrome/141.0.7390.43 Mobile Safari/537.36";
    let tab = "Mozilla/5.0 (Linux; Android 13; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.7390.43 \
               Mobile Safari/537.36";
    for browser in [window, tab] {
        for app in [
            " Telegram-Android/11.14.1 (Fossibot F102; Android 13; SDK 33; HIGH)",
            " Telegram-Android/11.14.1 (M bot 51; Android 13; SDK 33; HIGH)",
            " Telegram-Android/11.14.1 (Blorpbot 5; Android 13; SDK 33; HIGH)",
            "Snapchat/13.60.0.42 (FOSSiBOT F102; Android 13#20240101#33; gzip; )",
            "Snapchat/13.60.0.42 (Spider 8; Android 13#20240101#33; gzip; )",
        ] {
            let agent = format!("{browser}{app}");
            assert_eq!(verdict(&agent), Verdict::Person, "{agent}");
        }
        for machine in [
            " (Blorpbot; +https://blorp.example)",
            " (compatible; Blorpbot/1.0)",
            " Blorp/1.0 (compatible; Blorpbot/1.0)",
            " Telegram-Android/11.14.1 (compatible; Blorpbot/1.0)",
            " Telegram-Android/11.14.1 (Blorpbot/1.0)",
            " Telegram-Android/11.14.1 (Fossibot F102; Blorpcrawler)",
            "Snapchat/13.60.0.42 Blorpbot",
        ] {
            let agent = format!("{browser}{machine}");
            assert_eq!(verdict(&agent), Verdict::Machine, "{agent}");
        }
    }
    let unknown_app = format!("{window} Blorp/1.2 (Zorpbot 5; Android 13)");
    assert_eq!(verdict(&unknown_app), Verdict::Person);
    let unknown_app = format!("{tab} Blorp/1.2 (Zorpbot 5; Android 13)");
    assert_eq!(verdict(&unknown_app), Verdict::Machine, "no app's window");
}

#[test]
fn an_address_makes_a_machine_only_where_no_browser_is() {
    all(
        Verdict::Unsure,
        &[
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 (+https://slack.com/x)",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Blorpcast/2025.4 (+http://blorp.example/; iOS app)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Blorp/3.1 (support@blorp.example)",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.7 Safari/605.1.15 Blorp/2.4 (https://blorp.example)",
            "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0 www.blorp.example",
            "Mozilla/5.0 (Windows; U; Windows NT 5.1; es-CO) AppleWebKit/527+ (KHTML, like Gecko) Blorp Internet Browser/1.7 http://www.blorp.example",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 | Initiator: https://curl.example/python-requests",
        ],
    );
    all(
        Verdict::Machine,
        &[
            "Blorp/1.0 (+https://blorp.example)",
            "Blorp/1.0 http:",
            "Blorp/1.0 www.blorp.example",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Blorp; +https://blorp.example) Chrome/140.0.0.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 (+https://blorp.example/bot.html)",
        ],
    );
}

#[test]
fn a_machines_family_counts_where_a_product_stands() {
    all(
        Verdict::Unsure,
        &[
            "Mozilla/5.0 (iPhone; U; CPU iPhone OS 13.3.1; en_US; ) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0; GmmClient:google_ios/com.google.Maps/5.38.8/Mobile/ios:iPhone10,2",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Blorp/3.1 (google-signin; 120)",
            "Mozilla/5.0 (Series40; Nokia501/14.0.4/java_runtime_version=Nokia_Asha_1_2; Profile/MIDP-2.1 Configuration/CLDC-1.1) Gecko/20100401 S40OviBrowser/5.0.0.0.30",
        ],
    );
    all(
        Verdict::Machine,
        &[
            "Google-Blorp",
            "Microsoft.Blorp",
            "python_blorp/1.0",
            "Mozilla/5.0 (compatible; Google-Blorp)",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 Google-Blorp/1.0",
        ],
    );
}

#[test]
fn compatible_behind_the_first_comment_is_a_machines_unless_a_browser_follows() {
    let twice = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; Trident/4.0) (Compatible; MSIE 6.0; Windows NT 5.1; .NET CLR 1.1.4322)";
    assert_eq!(verdict(twice), Verdict::Person);
    for comment in [
        "(compatible; Blorp)",
        "(compatible;)",
        "(compatible; Google)",
    ] {
        assert_eq!(
            reason(Visit::get(&format!("{SAFARI} {comment}"))),
            Reason::MachineWord,
            "{comment}"
        );
    }
}

#[test]
fn an_apps_number_and_version_are_no_address() {
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (Linux; Android 14; SM-A546E Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36 AliApp(LA/7.35.0) TTID/600000@lazada_android_7.35.0 WindVane/8.5.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 AliApp(BC/10.2.0) TTID/700171@blorp_iphone_10.2.0",
        ],
    );
}

#[test]
fn a_maker_of_browsers_is_known_by_where_and_how_the_name_stands() {
    let with = |inside: &str, behind: &str| {
        format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             {inside}Chrome/140.0.0.0 Safari/537.36{behind}"
        )
    };
    let is = |agent: String, expected| {
        let classification = classify(&Visit::get(&agent));
        assert_eq!(classification.reason, expected, "{agent}");
    };
    is(with("", " Blorp/140.0.7339.80"), Reason::Browser);
    is(with("Blorp/3.1.4 ", ""), Reason::Browser);
    is(with("", " Blorp/3.1.4"), Reason::UnknownProduct);
    is(with("Blorp/3.1 ", ""), Reason::UnknownProduct);
    is(with("Blorp ", ""), Reason::UnknownProduct);
    is(
        with("", " Blorp/140.0.7339.80 Zorp/1.0"),
        Reason::UnknownProduct,
    );
    is(with("Blorpfetch/3.1.4 ", ""), Reason::Hint);
    is(with("", " Blorpbot/1.2.3.4"), Reason::MachineWord);
}

#[test]
fn an_app_may_be_called_after_what_it_does_in_its_own_window() {
    let window = "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 \
                  (KHTML, like Gecko) Version/4.0 Chrome/124.0.6367.123 Mobile Safari/537.36";
    let on_ios = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                  (KHTML, like Gecko) Mobile/15E148";
    for window in [window, on_ios] {
        for app in ["DocScanner/1.2", "BlorpProxy/3.4.5"] {
            let agent = format!("{window} {app}");
            assert_eq!(verdict(&agent), Verdict::Person, "{agent}");
        }
        let machine = format!("{window} Docbot/1.2");
        assert_eq!(verdict(&machine), Verdict::Machine, "{machine}");
    }
    assert_eq!(
        verdict(&format!("{window} blorp-store-checkout")),
        Verdict::Person
    );
    for browser in [&window.replace("; wv", ""), SAFARI] {
        let agent = format!("{browser} DocScanner/1.2");
        assert_eq!(reason(Visit::get(&agent)), Reason::Hint, "{agent}");
    }
}

#[test]
fn a_phone_or_a_television_may_say_its_name_first() {
    all(
        Verdict::Person,
        &[
            "TV Bro/1.0 Mozilla/5.0 (Linux; Android 11; Formuler Z11 Pro Build/RVC; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/149.0.7827.91 Safari/537.36",
            "LG-P760/P76010b Mozilla/5.0 (Linux; U; Android 4.0.4; en-us; LG-P760 Build/IMM76L) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
            "Dalvik/2.1.0 (Linux; U; Android 16; SM-S928U Build/BP2A.250605.031.A3),Mozilla/5.0 (Linux; Android 16; SM-S928U Build/BP2A.250605.031.A3; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/143.0.7499.192 Mobile Safari/537.36",
            "Qwant/2.5 (Android 8.1.0; Mobile; rv:63.0) Gecko/63.0 Firefox/59.0 QwantBrowser/63.0.1",
        ],
    );
    all(
        Verdict::Unsure,
        &[
            "Dalvik/2.1.0 (Linux; U; Android 16; SM-S928U Build/BP2A.250605.031.A3)",
            "Blorp/1.0 (Apple TV; U; CPU OS 8_1_3 like Mac OS X; en_us)",
            "Blorp/1.0 Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Blorp-Overview Mozilla/5.0 (Linux; U; Android 6.0.1; generic) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2272.118 Version/4.0 Mobile Safari/537.36",
            "Blorppreview/1.0 Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        ],
    );
}

#[test]
fn browsers_that_are_no_mozillas_are_no_machines() {
    for agent in [
        "NCSA_Mosaic/2.7b5 (X11;Linux 2.6.7 i686) libwww/2.12 modified",
        "VMS_Mosaic/4.0 (Motif;OpenVMS V8.3 COMPAQ Professional Workstation ) libwww/2.12_Mosaic",
        "LAVA.DISCOVER136.R016_V01 (MRE/3.1.00(2048);MAUI/Discover136_S119_20131010;DEV/R016_V01;WAP Browser/MAUI (HTTP PGDL;HTTPS);INDEX/004;)",
        "Mozilla/3.04 (compatible; NCBrowser/2.35; ANTFresco/2.17; RISC OS-NC 5.13 Laz1UK1309)",
        "Mozilla/1.10 [en] (Compatible; RISC OS 3.70; Oregano 1.10)",
        "Safari%20Technology%20Preview/11602.1.50.0.9 CFNetwork/760.6.3 Darwin/15.6.0 (x86_64)",
    ] {
        assert_eq!(verdict(agent), Verdict::Unsure, "{agent}");
    }
    assert_eq!(
        verdict("AmigaVoyager/3.2 (AmigaOS/MC680x0)"),
        Verdict::Person
    );
}

#[test]
fn a_bare_word_behind_a_phones_own_browser_is_a_machines() {
    let phone = |device: &str, behind: &str| {
        format!(
            "Mozilla/5.0 (Linux; Android 13; {device}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Mobile Safari/537.36 {behind}"
        )
    };
    assert_eq!(
        reason(Visit::get(&phone("SUGAR F11", "Blorp"))),
        Reason::UnknownProduct
    );
    for (device, behind) in [
        ("SUGAR F11; wv", "Blorp"),
        ("SUGAR F11; wv", "SogouMSE,SogouMobileBrowser/5.6.3"),
        ("SUGAR F11", "Blorp/1.2"),
        ("SUGAR F11", "Blorp/1.2;lang=en;nation=IN;locale=en_IN"),
    ] {
        let agent = phone(device, behind);
        assert_eq!(verdict(&agent), Verdict::Person, "{agent}");
    }
}

#[test]
fn a_window_says_so_on_systems_that_are_not_android_too() {
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (Linux; Kepler 1.1; AFTCA002 user/1234; wv) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Chrome/132.0.6834.209 Safari/537.36",
            "Mozilla/5.0 (Linux; OS 1.1; AEOHP user/43; wv) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Chrome/118.0.5993.159 Safari/537.36",
        ],
    );
}

#[test]
fn a_device_may_hold_a_machines_word_where_its_name_stands() {
    let on = |device: &str| {
        format!(
            "Mozilla/5.0 (Linux; Android 11; {device}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Mobile Safari/537.36"
        )
    };
    for device in [
        "Spider 8",
        "GLX SpiderI Build/KOT49H",
        "DROID SPYDER Build/JRO03R",
        "Capture+",
        "AirTouch PERFORMANCE 10x",
    ] {
        assert_eq!(verdict(&on(device)), Verdict::Person, "{device}");
    }
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36 HbbTV/1.6.1 (+DRM; LGE/KTC/BOTECH; 58BSE9503; WEBOS22 04.42.26; W22_K8LP; DTV_C22P;)",
            "UCWEB/2.0 (Java; U; MIDP-2.0; Nokia203/20.37) U2/1.0.0 UCMini/10.9.8.1006 (SpeedMode; Proxy; Android 4.4.4; AS-5433_Secret ) U2/1.0.0 Mobile",
        ],
    );
    // Behind the build stands no device any more.
    for (device, expected) in [
        ("Nexus 5X Build/MMB29P; Blorpcrawler", Reason::MachineWord),
        ("Nexus 5X Build/MMB29P; Neustar WPM", Reason::Automation),
        ("Nexus 5X Build/MMB29P; Blorpfetch", Reason::Hint),
        ("Spider 8; http://blorp.example", Reason::Hint),
        ("Blorp page-fetcher", Reason::Hint),
        ("Blorp 8; Zorpcrawler", Reason::Hint),
        ("K; Zorpcrawler", Reason::Hint),
        ("en-us; Spider 8; wv", Reason::Browser),
    ] {
        assert_eq!(reason(Visit::get(&on(device))), expected, "{device}");
    }
}

#[test]
fn an_apps_name_in_front_makes_no_browser() {
    all(
        Verdict::Unsure,
        &[
            "Snapchat/12.65.0.36 (iPhone14,7; iOS 17.1.2; gzip)",
            "XING-contenttabreceiver/2.0",
            "Instagram 5.1.7 Android (17/4.2.2; 480dpi; 1080x1800; asus; K00G; K00G; redhookbay; de_DE)",
            "Orca-Android/2.2.3-release OS/2.2 Model/HTC_Desire VersionCode/94668 Product/Messenger",
            "Naver/12.3 CFNetwork/1408.0.4 Darwin/22.5.0",
            "Opera/13.4 CFNetwork/1408.0.4 Darwin/22.5.0",
        ],
    );
    all(
        Verdict::Person,
        &[
            "[FBAN/FB4A;FBAV/567.1.0.52.74;FBBV/1003893689;FBLC/nl_NL;FBCR/NL KPN;FBMF/samsung;FBPN/com.facebook.katana;FBDV/SM-S921B;FBSV/16;]",
            "Mozilla/5.0 (Linux; U; Android 14; en_GB; SM-S928B; Build/UP1A.231005.007; Cronet/118.0.5993.117) TikTok/44.7.0 AppName/musical_ly BytedanceWebview/abc1234",
        ],
    );
}

#[test]
fn a_handsets_or_a_televisions_word_on_windows_leaves_it_a_desktop() {
    let windows = |word: &str| {
        format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; {word}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Safari/537.36 Blorp/1.2"
        )
    };
    for word in ["Tablet PC 2.0", "Smart", "SHARP", "TV"] {
        assert_eq!(
            reason(Visit::get(&windows(word))),
            Reason::UnknownProduct,
            "{word}"
        );
    }
    assert_eq!(verdict(&windows("Xbox; Xbox One")), Verdict::Person);
    all(
        Verdict::Unsure,
        &[
            "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; Tablet PC 2.0; SafeLinks)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Smart",
        ],
    );
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; Tablet PC 2.0)",
            "Mozilla/5.0 (Tablet; rv:26.0) Gecko/26.0 Firefox/26.0",
        ],
    );
}

#[test]
fn internet_explorer_lists_what_is_installed_up_to_its_version_8() {
    for version in ["7.0", "8.0"] {
        let agent = format!(
            "Mozilla/4.0 (compatible; MSIE {version}; Windows NT 6.1; Trident/7.0; Blorp 1.2)"
        );
        assert_eq!(verdict(&agent), Verdict::Person, "{version}");
    }
    for version in ["9.0", "10.0"] {
        let agent = format!("Mozilla/5.0 (compatible; MSIE {version}; Windows NT 6.1; Blorp)");
        assert_eq!(
            reason(Visit::get(&agent)),
            Reason::UnknownProduct,
            "{version}"
        );
    }
}

#[test]
fn internet_explorer_without_trident_is_older_than_who_pays_today() {
    for words in [
        "MSIE 5.0; Windows NT; DigExt; DTS Agent",
        "MSIE 6.0; Windows NT 5.1; SV1; FunWebProducts; .NET CLR 1.1.4322; PeoplePal 6.2",
        "MSIE 6.0; Windows NT 5.1; SV1; FDM",
        "MSIE 7.0; Windows NT 5.1; FDM; .NET CLR 2.0.50727",
        "MSIE 6.0; Windows NT 5.1; {}",
        "MSIE 6.0; Windows NT 5.1; SV1; EmbeddedWB 14.52",
        "MSIE 6.0; Windows NT 5.1",
        "MSIE 6.0; Windows NT 5.1; SV1; Maxthon; .NET CLR 1.1.4322",
        "MSIE 7.0; America Online Browser 1.1; Windows NT 5.1; (R1 1.5); .NET CLR 2.0.50727; InfoPath.1",
        "MSIE 2.0; Windows 3.1",
        "MSIE 10.0; Windows NT 6.2",
    ] {
        let agent = format!("Mozilla/4.0 (compatible; {words})");
        assert_eq!(
            reason(Visit::get(&agent)),
            Reason::AncientBrowser,
            "{agent}"
        );
    }
    // A later version that shows a page as version 7 does says both. Phones' browsers and Opera had no Trident.
    all(
        Verdict::Person,
        &[
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; WOW64; Trident/7.0; SLCC2; FDM)",
            "Mozilla/4.0 (compatible; MSIE 6.0; Windows CE; IEMobile 7.6) HTCS620;Smartphone;320x240",
            "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; en) Opera 8.00",
        ],
    );
}

#[test]
fn a_browser_that_writes_its_form_wrongly_is_unsure() {
    for (agent, expected) in [
        (
            "Mozilla/1.22 (compatible; MSIE 10.0; Windows 3.1)",
            Reason::AncientBrowser,
        ),
        (
            "Mozilla/3.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
            Reason::AncientBrowser,
        ),
        (
            "Mozilla/5.0 (Macintosh: Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            Reason::UnknownProduct,
        ),
        (
            "Mozilla/5.0 (Windows: NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            Reason::UnknownProduct,
        ),
        (
            "Mozilla/5.0 (Linux; U; Android 2.2; fr-fr; Desire_A8181 Build/FRF91) App3leWebKit/53.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
            Reason::UnknownProduct,
        ),
        (
            "Blorp/6.7.5, Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            Reason::NotABrowser,
        ),
    ] {
        assert_eq!(reason(Visit::get(agent)), expected, "{agent}");
    }
    // Two makers misspelt the engine's name themselves.
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (Linux; NetCast; U) AppleWwbKit/537.31 (KHTML, like Gecko) Chrome/26.0.1410.33 Safari/537.31 SmartTV/5.0",
            "Mozilla/5.0 (Linux; Android 4.2.2; zh-cn; SAMSUNG-GT-I8558_TD/1.0 Android/4.2.2 Release/04.15.2013 Browser/AppleWebKit535.19 Build/JDQ39) ApplelWebkit/535.19 (KHTML, like Gecko) Version/1.0 Chrome/18.0.1025.308 Mobile Safari/535.19",
        ],
    );
}

#[test]
fn a_mail_programs_own_fetch_is_no_click() {
    for agent in [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.14; rv:68.0) Gecko/20100101 PostboxApp/7.0.60 Postbox/7.0.60",
        "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Icedove/24.2.0 Lightning/2.6.4",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Tablet PC 2.0; Microsoft Outlook 16.0.5257; ms-office; MSOffice 16)",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/4.0; SLCC2; ms-office)",
        "Mozilla/4.0 (compatible; ms-office; MSOffice rmj)",
    ] {
        assert_eq!(reason(Visit::get(agent)), Reason::MailProgram, "{agent}");
    }
    // A mail app on a phone shows the page in its own window; a browser may have a calendar.
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Outlook-iOS/4.2531.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0 OneOutlook/1.2026.317.100",
            "Mozilla/5.0 (X11; Linux x86_64; rv:29.0) Gecko/20100101 Firefox/29.0 SeaMonkey/2.26 Lightning/3.1",
        ],
    );
}
