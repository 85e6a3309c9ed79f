//! Classifications of single requests: the traps that other classifiers step into, one by one.

mod helpers;
mod machines;
mod people;
mod places;

use super::classify::{classify, classify_user_agent};
use super::verdict::{Reason, Verdict};
use super::visit::Visit;
use helpers::{CHROME, FIREFOX, SAFARI, all, reason};

#[test]
fn browsers_of_today_are_people() {
    all(
        Verdict::Person,
        &[
            CHROME,
            SAFARI,
            FIREFOX,
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1",
        ],
    );
}

#[test]
fn browsers_in_apps_are_people_whatever_words_they_carry() {
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/488.0.0.68.101;FBBV/658219612;FBDV/iPhone12,8;FBMD/iPhone;FBSN/iOS;FBSV/18.1;FBSS/2;FBCR/OrangeBotswana;FBID/phone;FBLC/en_US;FBOP/5]",
            "Mozilla/5.0 (Linux; Android 14; SM-S921B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/487.0.0.60.81;]",
            "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android (35/15; 480dpi; 1080x2400; OPPO; CPH2557; OP573DL1; mt6833; en_MY; 822918295)",
            "Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S Build/PPR1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/90.0.4430.91 Mobile Safari/537.36 Instagram 180.0.0.31.119 Android (28/9; 320dpi; 720x1344; CUBOT; M bot 51; CUBOT_NOTE_S; mt6580; de_DE; 281579032)",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/20G81 Twitter for iPhone/10.11",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/301.0.601872660 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.30.1",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.39.95 Chrome/126.0.6478.127 Electron/31.2.1 Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) WhatsApp/2.2410.1 Chrome/116.0.5845.228 Electron/26.6.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 8.0; RNE-AL00 Build/HUAWEIRNE-AL00; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/66.0.3359.126 MQQBrowser/6.2 TBS/044904 Mobile Safari/537.36 MMWEBID/6283 MicroMessenger/7.0.6.1460(0x27000634) Process/tools NetType/4G Language/zh_CN",
            "Mozilla/5.0 (Linux; Android 10; moto g(7) Build/QP6; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/108.0.5359.128 Mobile Safari/537.36 musical_ly_2022704050 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/27.4.5 ByteLocale/en",
            "Mozilla/5.0 (Linux; Android 12; KOZ-AL00CM; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/97.0.4692.98 Mobile Safari/537.36 T7/13.59 SP-engine/2.98.0 baiduboxapp/13.59.5.10 (Baidu; P1 12) NABar/1.0",
            "Mozilla/5.0 (Linux; arm_64; Android 14; 23129RN51X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.234 YaBrowser/24.1.5.390 YaSearchApp/24.15 Mobile Safari/537.36",
        ],
    );
}

#[test]
fn televisions_consoles_and_old_phones_are_people() {
    all(
        Verdict::Person,
        &[
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36 WebAppManager",
            "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
            "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
            "Opera/9.80 (Android; Opera Mini/12.0.1987/37.7327; U; pl) Presto/2.12.423 Version/12.16",
            "SAMSUNG-SGH-A737/UCHD2 SHP/VPP/R5 NetFront/3.4 SMM-MMS/1.2.0 profile/MIDP-2.0 configuration/CLDC-1.1",
            "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; WOW64; Trident/6.0; SLCC2; .NET CLR 2.0.50727)",
            "Lynx/2.9.0dev.6 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/1.1.1j-dev",
        ],
    );
}

#[test]
fn preview_bots_are_machines() {
    all(
        Verdict::Machine,
        &[
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "facebookexternalhit/1.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "Twitterbot/1.0",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
            "WhatsApp/2.23.20.0 A",
            "TelegramBot (like TwitterBot)",
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "meta-externalagent/1.1",
            "Viber",
        ],
    );
}

#[test]
fn scanners_clients_and_automation_are_machines() {
    all(
        Verdict::Machine,
        &[
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
            "Gmail-content-sampling",
            "Mozilla/5.0",
            "Mozilla/4.0",
            "",
            "   ",
            "curl/8.5.0",
            "python-requests/2.32.3",
            "Go-http-client/2.0",
            "Mozilla/5.0libwww-perl/5.826",
            "Wget/1.21.4",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 7.0; Moto G (4)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4590.2 Mobile Safari/537.36 Chrome-Lighthouse",
            "Mozilla/5.0 zgrab/0.x",
            "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
        ],
    );
}

#[test]
fn machines_that_no_list_knows_are_machines_by_what_they_say() {
    all(
        Verdict::Machine,
        &[
            "FooBot/1.0",
            "Quuxcrawler 3",
            "Mozilla/5.0 (compatible; Blorp/2.1; +https://blorp.example/about)",
            "Mozilla/5.0 (compatible; Blorp/2.1)",
            "Blorp/1.0 (ops@blorp.example)",
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P; Blorpbot/2.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Blorp link preview fetcher",
            "Blorp (https://discord.com/robots)",
        ],
    );
}

#[test]
fn what_is_no_browsers_is_unsure() {
    all(
        Verdict::Unsure,
        &[
            "Blorp",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko, Blorp) Chrome/140.0.0.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Blorp/1.2",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2228.0 Safari/537.36",
        ],
    );
}

#[test]
fn chrome_on_ios_sends_what_its_safari_sends() {
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1";
    let without = Visit {
        sec_fetch_mode: None,
        ..Visit::get(phone)
    };
    assert_eq!(reason(without), Reason::Browser);
}

#[test]
fn only_get_and_post_come_from_people() {
    for method in ["HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND", ""] {
        assert_eq!(
            reason(Visit {
                method,
                ..Visit::get(CHROME)
            }),
            Reason::Method,
            "{method}"
        );
        let prefetch = Visit {
            method,
            sec_purpose: Some("prefetch"),
            ..Visit::get(CHROME)
        };
        assert_eq!(reason(prefetch), Reason::Method, "{method}");
    }
    assert_eq!(
        reason(Visit {
            method: "POST",
            ..Visit::get(CHROME)
        }),
        Reason::Browser
    );
}

#[test]
fn a_prefetch_is_told_from_a_click() {
    let person = Visit::get(CHROME);
    for value in [
        "prefetch",
        "prefetch;prerender",
        "prefetch;anonymous-client-ip",
        "Prefetch; Prerender",
    ] {
        assert_eq!(
            reason(Visit {
                sec_purpose: Some(value),
                ..person
            }),
            Reason::SecPurpose,
            "{value}"
        );
    }
    assert_eq!(
        reason(Visit {
            purpose: Some("prefetch"),
            ..person
        }),
        Reason::Purpose
    );
    assert_eq!(
        reason(Visit {
            x_moz: Some("prefetch"),
            ..Visit::get(FIREFOX)
        }),
        Reason::XMoz
    );
    assert_eq!(
        reason(Visit {
            x_purpose: Some("preview"),
            ..Visit::get(SAFARI)
        }),
        Reason::XPurpose
    );
    let unknown = Visit {
        sec_purpose: Some("reload"),
        purpose: Some(""),
        ..person
    };
    assert_eq!(
        reason(unknown),
        Reason::Browser,
        "an unknown value must not keep a person from the button"
    );
}

#[test]
fn a_named_machine_gets_its_page_even_ahead_of_a_click() {
    let visit = Visit {
        purpose: Some("preview"),
        ..Visit::get("facebookexternalhit/1.1")
    };
    assert_eq!(classify(&visit).verdict, Verdict::Machine);
    assert_eq!(
        classify_user_agent("GET", visit.user_agent).conclusive(),
        Some(classify(&visit))
    );
}

#[test]
fn signatures_and_cloudflares_word_make_a_machine() {
    let person = Visit::get(CHROME);
    assert_eq!(
        reason(Visit {
            signature_agent: Some("\"https://agent.example\""),
            ..person
        }),
        Reason::SignatureAgent
    );
    assert_eq!(
        reason(Visit {
            verified_bot_category: Some("Page Preview"),
            ..person
        }),
        Reason::VerifiedBot
    );
    assert_eq!(
        reason(Visit {
            verified_bot_category: Some(""),
            ..person
        }),
        Reason::Browser
    );
    let brands = Some("\"HeadlessChrome\";v=\"140\", \"Chromium\";v=\"140\"");
    assert_eq!(
        reason(Visit {
            sec_ch_ua: brands,
            ..person
        }),
        Reason::Automation
    );
}

/// Microsoft's, Proofpoint's, Mimecast's and Barracuda's.
const SCANNERS: [u32; 14] = [
    8070, 8074, 8075, 12076, 13916, 22843, 26211, 52129, 30031, 33538, 39588, 136_792, 397_726,
    15324,
];

#[test]
fn networks_and_headers_only_lower_a_person_to_unsure() {
    let person = Visit::get(CHROME);
    for asn in SCANNERS {
        assert_eq!(
            reason(Visit {
                asn: Some(asn),
                ..person
            }),
            Reason::Network,
            "AS {asn}"
        );
        let bot = Visit {
            asn: Some(asn),
            ..Visit::get("Twitterbot/1.0")
        };
        assert_eq!(classify(&bot).verdict, Verdict::Machine);
    }
    assert_eq!(
        reason(Visit {
            asn: Some(7922),
            ..person
        }),
        Reason::Browser
    );
    assert_eq!(
        reason(Visit {
            bot_score: Some(2),
            ..person
        }),
        Reason::BotScore
    );
    assert_eq!(
        reason(Visit {
            bot_score: Some(80),
            ..person
        }),
        Reason::Browser
    );
    assert_eq!(
        reason(Visit {
            accept_language: None,
            ..person
        }),
        Reason::NoLanguage
    );
}

#[test]
fn fetch_metadata_is_expected_only_of_browsers_that_send_it() {
    let old_chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537.36";
    let safari_16_3 = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.3 Mobile/15E148 Safari/604.1";
    for agent in [CHROME, SAFARI, FIREFOX] {
        let without = Visit {
            sec_fetch_mode: None,
            ..Visit::get(agent)
        };
        assert_eq!(reason(without), Reason::NotNavigating, "{agent}");
        assert_eq!(
            reason(Visit {
                is_secure: false,
                ..without
            }),
            Reason::Browser,
            "{agent}"
        );
    }
    for agent in [old_chrome, safari_16_3] {
        assert_eq!(
            reason(Visit {
                sec_fetch_mode: None,
                ..Visit::get(agent)
            }),
            Reason::Browser,
            "{agent}"
        );
    }
    assert_eq!(
        reason(Visit {
            sec_fetch_mode: Some("cors"),
            ..Visit::get(CHROME)
        }),
        Reason::NotNavigating
    );
}

#[test]
fn every_reason_has_its_own_code() {
    let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
}
