//! Every name that the classifier knows: machines, and the vocabulary of browsers.
//!
//! A name is one word of a User-Agent in lower case, as it stands between blanks, slashes, semicolons,
//! colons, commas and brackets; `-`, `_`, `.`, `@` and `!` belong to it. A longer word is also found by
//! its letters up to the first other sign ("larbin_2.6.2" by "larbin"), so versions need no entries.
//! Names that hold a strong stem of `stems.rs` or end in "bot" need no entry either, and a test refuses
//! them. To add a machine, put its word into the group that fits, in alphabetical order; the build
//! refuses a duplicate.

use super::meaning::{Facts, Mark};
use super::verdict::Reason;

/// Names that say the same.
pub(super) struct Group {
    /// What they say.
    pub mark: Mark,
    /// The names, in alphabetical order.
    pub names: &'static str,
}

/// All groups. The table of `table.rs` is built from them.
pub(super) const GROUPS: &[Group] = &[
    Group {
        mark: Mark::Machine(Reason::PreviewBot),
        names: PREVIEW_BOTS,
    },
    Group {
        mark: Mark::Machine(Reason::Scanner),
        names: SCANNERS,
    },
    Group {
        mark: Mark::Machine(Reason::Automation),
        names: AUTOMATION,
    },
    Group {
        mark: Mark::Machine(Reason::Crawler),
        names: CRAWLERS,
    },
    Group {
        mark: Mark::Machine(Reason::Client),
        names: CLIENTS,
    },
    Group {
        mark: Mark::Leading(Reason::PreviewBot),
        names: LEADING_PREVIEW_BOTS,
    },
    Group {
        mark: Mark::Leading(Reason::Client),
        names: LEADING_CLIENTS,
    },
    Group {
        mark: Mark::Leading(Reason::Crawler),
        names: LEADING_CRAWLERS,
    },
    Group {
        mark: Mark::Browser(Facts::MOZILLA),
        names: MOZILLA,
    },
    Group {
        mark: Mark::Browser(Facts::COMPATIBLE),
        names: COMPATIBLE,
    },
    Group {
        mark: Mark::Browser(Facts::WINDOWS),
        names: WINDOWS,
    },
    Group {
        mark: Mark::Browser(Facts::MAC),
        names: MAC,
    },
    Group {
        mark: Mark::Browser(Facts::UNIX),
        names: UNIX,
    },
    Group {
        mark: Mark::Browser(Facts::ANDROID.and(Facts::FREE)),
        names: ANDROID,
    },
    Group {
        mark: Mark::Browser(Facts::IOS),
        names: IOS,
    },
    Group {
        mark: Mark::Browser(Facts::TELEVISION),
        names: TELEVISION,
    },
    Group {
        mark: Mark::Browser(Facts::TELEVISION.and(Facts::HANDSET)),
        names: XBOX,
    },
    Group {
        mark: Mark::Browser(Facts::TELEVISION.and(Facts::LEADS)),
        names: TELEVISION_STANDARDS,
    },
    Group {
        mark: Mark::Browser(Facts::MOBILE),
        names: MOBILE,
    },
    Group {
        mark: Mark::Browser(Facts::HANDSET),
        names: HANDSETS,
    },
    Group {
        mark: Mark::Browser(Facts::ENGINE),
        names: ENGINES,
    },
    Group {
        mark: Mark::Browser(Facts::KHTML.and(Facts::ENGINE)),
        names: KHTML,
    },
    Group {
        mark: Mark::Browser(
            Facts::MSIE
                .and(Facts::EXPLORER)
                .and(Facts::ENGINE)
                .and(Facts::PRODUCT),
        ),
        names: EXPLORER,
    },
    Group {
        mark: Mark::Browser(Facts::EXPLORER.and(Facts::ENGINE).and(Facts::PRODUCT)),
        names: TRIDENT,
    },
    Group {
        mark: Mark::Browser(Facts::MAIL.and(Facts::PRODUCT)),
        names: MAIL_PROGRAMS,
    },
    Group {
        mark: Mark::Browser(Facts::MAIL),
        names: OFFICE,
    },
    Group {
        mark: Mark::Browser(Facts::CHROME.and(Facts::PRODUCT)),
        names: CHROME,
    },
    Group {
        mark: Mark::Browser(Facts::FIREFOX.and(Facts::PRODUCT)),
        names: FIREFOX,
    },
    Group {
        mark: Mark::Browser(Facts::VERSION.and(Facts::PRODUCT)),
        names: VERSION,
    },
    Group {
        mark: Mark::Browser(Facts::SAFARI.and(Facts::PRODUCT)),
        names: SAFARI,
    },
    Group {
        mark: Mark::Browser(Facts::APP.and(Facts::PRODUCT)),
        names: APPS,
    },
    Group {
        mark: Mark::Browser(
            Facts::APP
                .and(Facts::PRODUCT)
                .and(Facts::LEADS)
                .and(Facts::HANDSET),
        ),
        names: FACEBOOK,
    },
    Group {
        mark: Mark::Browser(Facts::APP.and(Facts::PRODUCT).and(Facts::ENGINE)),
        names: WEB_VIEWS,
    },
    Group {
        mark: Mark::Browser(Facts::LEADS.and(Facts::PRODUCT)),
        names: LEADING_BROWSERS,
    },
    Group {
        mark: Mark::Browser(Facts::OPERA.and(Facts::LEADS).and(Facts::PRODUCT)),
        names: OPERA,
    },
    Group {
        mark: Mark::Browser(Facts::PRODUCT),
        names: BROWSERS,
    },
    Group {
        mark: Mark::Browser(Facts::PRODUCT.and(Facts::HANDSET)),
        names: HEADSETS,
    },
    Group {
        mark: Mark::Browser(Facts::KNOWN),
        names: WORDS,
    },
    Group {
        mark: Mark::Browser(Facts::WAP.and(Facts::HANDSET)),
        names: WAP,
    },
    Group {
        mark: Mark::Browser(Facts::FREE),
        names: EDITION,
    },
    Group {
        mark: Mark::Browser(Facts::WINDOW.and(Facts::ANDROID)),
        names: WINDOW,
    },
    Group {
        mark: Mark::Browser(Facts::BUILD),
        names: BUILD,
    },
    Group {
        mark: Mark::Browser(Facts::LEADS.and(Facts::PRODUCT).and(Facts::ENGINE)),
        names: TEXT_BROWSERS,
    },
    Group {
        mark: Mark::Browser(Facts::LEADS.and(Facts::HANDSET)),
        names: CARRIERS,
    },
];

/// Link previews, image proxies and unfurlers of messengers, mail services and social networks:
/// their operators' pages ("Sharing debugger", "Robots", "Link previews") and the public lists of
/// crawlers.
const PREVIEW_BOTS: &str = "
    akkoma bingpreview cardyb citoid collapsify discourse embedly facebookcatalog
    facebookexternalhit facebookexternalua facebookplatform fastmailua flipboardproxy flipboardrss
    friendica fwdcdn.com ggpht.com github-camo googledocs googleimageproxy hootsuite iframely
    imgproxy kakaotalk-scrap line-poker linkexpander linkpreview mastodon meta-externalads
    meta-externalagent meta-externalfetcher meta-webindexer microsoftpreview misskey mshots
    notionembedder onebox opengraph opengraphcheck orlo-linkpreview outbrain pleroma prerender
    proximic ramblermail seznamemailproxy shortlinktranslate skype-url-preview skypeuripreview
    slack-imgproxy slingstone snapchat-proxy snapchatads steamchaturllookup summify unfurlist
    unshortenit untiny urlresolver viberurldownloader vkshare wakeletlinkexpander yahoocachesystem
    yahoomailproxy
";

/// Mail gateways, malware and vulnerability scanners and their internet surveys: the vendors'
/// documentation and the public lists of crawlers.
const SCANNERS: &str = "
    acunetix alibaba.security.heimdall appcheck appscan assetnote barracuda bitsight bluecoat burp
    censys censysinspect cerberian clamav cloudmark confiant cookiehubscan cyren detectify
    dirbuster expanse expanseinc feroxbuster forcepoint foregenix fortiguard geoedge
    gmail-content-sampling gobuster hardenize internetmeasurement ironport l9explore l9scan l9tcpid
    leakix masscan messagelabs mimecast mxtoolbox nessus netcraft netsparker nikto nmap nuclei
    onetrust onlyscans openvas paloaltonetworks probely project-resonance proofpoint qualys quttera
    recordedfuture riddler safeassign safedns sectigo securityheaders shodan sitelock spamexperts
    sqlmap ssllabs sucuri tenable termly threatseeker trellix trendmicro urlscan virusdie
    virustotal virustotalcloud watchtowr websense whatweb wpscan wpsec wtotem xpanse zgrab zmeu
    zscaler zvelo
";

/// Browsers driven by programs: test drivers, page-speed and synthetic monitoring, screenshots.
/// Sources: the projects' documentation of their default User-Agent.
const AUTOMATION: &str = "
    appinsights browserbase browserless browsershots catchpoint chatgpt-agent checkly chromedp
    cloudflareobservatory cypress dareboost debugbear functionize gomezagent googleagent-mariner
    gtmetrix htmlunit httpunit iplabel ips-agent jsdom katana lambdatest lightpanda manus-user
    neustar newrelicpinger novaact observepoint pagepeeker pdf24 phantomas phantomjs
    pingdompagespeed pingdomtms playwright ptst puppeteer rigor saucelabs screenshot-generator selenium site24x7 skyvern
    slimerjs speedcurve splash testcafe thousandeyes uptrends urlbox webdriver webkit2png
    webpagetest webscreenie webshot websnapr wkhtmltoimage wkhtmltopdf wpif ylt zombie
";

/// Search engines, archives, AI agents, SEO and ad services, monitors, feed readers: the operators'
/// pages on their crawlers and the public lists of crawlers.
const CRAWLERS: &str = "
    2gdpr aboundex adbeat admantx amazon-kendra amzn-user anthropic-ai apis-google appengine-google
    apple-pubsub arquivo-web barkrowler bazqux bloglovin blogtrottr brightedge builtwith buzzsumo
    capitaloneshopping chatgpt-browser chatgpt-user check_http claude-code claude-user claude-web
    cloudinary cohere-ai cohere-command contentkingapp convertify criteo datadog datanyze
    dataprovider daumoa disqus dlc dmbrowser duplexweb-google evidon ezgif forusp freshrss
    gemini-ai gigablast gigablastopensource googleassociationservice googleother googleproducer
    heritrix hetrixtools honeybadger hosttracker hotjar ichiro img2dataset inoreader internetvista
    itms keycdn-tools kimi-user larbin liferea linkdex linktiger loadimpact magpierss managewp
    marketgoo mediapartners metauri metorik miniflux mistralai-user mnogosearch mojeek morningscore
    nagios netnewswire netvibes newsai newsblur newsboat newsgator newsgatoronline nodeping ohdear
    openai panopta paypal-ipn perplexity-user phpservermon pingability pingdom playstore-google
    prometheus pwabuilderhttpagent quiterss qwantify rogerb rssowl scrapy seekport semrush
    seobility seokicks seomoz silktide simplepie sindup sistrix sitebulb siteimprove sitesucker
    sprinklr statuscake taboola tavily tineye tinytiny trendiction trendsmap ttd-content
    uptime-kuma urlcheckr w3c-checklink w3c-mobileok wac-ofu wappalyzer webmoney websitepulse
    webzio wesee woorankreview xenu yacy yahooseeker yandex.translate yeti zabbix
";

/// HTTP libraries, command-line clients, download tools, package managers: the default User-Agents
/// in their documentation.
const CLIENTS: &str = "
    aiohttp alamofire anyevent-http apachebench aria2 axios boto3 botocore cohttp colly cpp-httplib
    curl faraday fasthttp git-lfs go-http-client grpc-c grpc-node guzzle guzzlehttp hackney
    httparty httpcore httpie httpurlconnection httpx httrack insomnia jakarta jetty jsoup
    ktor-client lavf libcurl libdnf libsoup libvlc lwp mechanize mojolicious mpv net-http nodejs
    okhttp open-uri perlclient postman postmanruntime powershell reactornetty reqwest rest-client
    restsharp superagent symfony twisted typhoeus undici unirest-java ureq webdav wget
    windowspowershell winhttp www-mechanize xmlrpc zapier
";

/// Messengers and networks that fetch previews under their app's own name, with nothing of a
/// browser around it.
const LEADING_PREVIEW_BOTS: &str = "
    asana bluesky chatwork discord evernote facebook instapaper line linkedin mattermost notion
    pinterest quora reddit shortwave signal skype slack spotify steam synapse teams telegram trello
    tumblr twitter valve viber whatsapp yahoo zoom
";

/// Languages and tools that begin their requests' User-Agent with their own name.
const LEADING_CLIENTS: &str = "
    apache bits bun cfnetwork dart deno docker finch git go golang got gradle http https hyper java
    maven microsoft node npm perl php pip python r req ruby rust svn transmission url
";

/// Services that begin their requests' User-Agent with an everyday word.
const LEADING_CRAWLERS: &str = "
    008 amazon baidu bw cloudflare google grafana hubspot ifttt-protocol mandrill matomo
    salesforce sendgrid sentry wordpress zendesk
";

/// The word that begins a browser's User-Agent (MDN "User-Agent").
const MOZILLA: &str = "
    mozilla
";

/// The word that began Internet Explorer's comment and now begins crawlers'.
const COMPATIBLE: &str = "
    compatible
";

/// Windows in a comment.
const WINDOWS: &str = "
    win16 win95 win98 win9x windows winnt
";

/// Mac OS in a comment.
const MAC: &str = "
    mac_powerpc mac_ppc macintosh
";

/// Other desktop systems in a comment.
const UNIX: &str = "
    aix amiga amigaos arcaos beos bsd cros dragonfly freebsd fuchsia haiku hp-ux inferno irix linux
    morphos netbsd openbsd osf1 qnx raspbian risc risc-os serenityos solaris sunos syllable unix
    warp x11
";

/// Android in a comment. "Adr" is UC Browser's, "Andr0id" a television's.
const ANDROID: &str = "
    adr aliyunos andr0id android harmonyos openharmony
";

/// Apple's phones, tablets and players.
const IOS: &str = "
    ipad iphone ipod
";

/// Television sets, set-top boxes, consoles, cars: WhatWG and HbbTV documents, the makers'
/// developer pages.
const TELEVISION: &str = "
    aquos-as aquosbrowser arris boxee bravia bush ce-html changhong conjure crkey directfb dtv
    dunehd freebox freesat freetime funai fvc googletv grundig hdplussmarttv hisense inettvbrowser
    kreatv large liberate loewe maple2012 metz mtk9602 mtk9603 netbox netcast netgem netrangemmh
    nettv nintendo nintendobrowser nt72671 omi panasonic philips philipstv playstation psp
    qtcarbrowser qtembedded roku sharp smart smart-tv smartcast smarthub smarttv smarttva sonyceb
    sonydtv stb stbapp technika technisat tesla teslabrowser tivo tivoos tizen toshiba toshibatp tv
    vestel vewd vidaa viera vizio vstvb web0s webos webtv whaletv wii youview
";

/// The console that runs Windows (Microsoft docs "User-agent strings").
const XBOX: &str = "
    xbox
";

/// The television standard by which some sets begin (HbbTV "User-Agent").
const TELEVISION_STANDARDS: &str = "
    hbbtv
";

/// Firefox's only platform on a device of Firefox OS (MDN "Gecko user agent string reference").
/// Windows calls itself a "Tablet PC" too.
const MOBILE: &str = "
    mobile tablet
";

/// Phones and readers beside Android and iOS: WAP's UAProf words, Symbian, BlackBerry, Windows
/// Phone, KaiOS, Kindle.
const HANDSETS: &str = "
    arkweb avantgo bada bb10 blackberry blazer brew cellphone danger dolfin hiptop hpwos iemobile
    j2me jasmine javaplatform jolla kaios kindle kobo librem lumia maemo meego mot nokia nook
    novarra-vision obigo obigo-browser openwave palm palmos palmsource pda phone playbook
    pocketbook polaris remi rex s40 s60 s60v3 sailfish semc-browser series30 series40 series60
    series80 series90 silk-accelerated smartfren smartphone smm-mms sonyericsson symbian symbianos
    ucweb wds webpro windowsce windowsphone wosbrowser xblwp7 zunehd zunewp7
";

/// Rendering engines.
const ENGINES: &str = "
    applewebkit gecko goanna libweb netfront presto servo webkit webkitgtk wpe
";

/// The engine that WebKit came from, and the first word of its comment.
const KHTML: &str = "
    khtml
";

/// Internet Explorer, whose version follows.
const EXPLORER: &str = "
    msie msiemobile
";

/// Its engine.
const TRIDENT: &str = "
    trident
";

/// Mail programs on Gecko: what they fetch under their own name is what a message shows, and a click
/// goes to the person's browser.
const MAIL_PROGRAMS: &str = "
    betterbird earlybird eudora icedove lanikai postbox shredder spicebird thunderbird
";

/// Outlook and what else of Office fetches with Internet Explorer's engine, for what it shows itself.
const OFFICE: &str = "
    ms-office msoffice outlook
";

/// Chrome (MDN "Browser detection using the user agent").
const CHROME: &str = "
    chr0me chrome chromium
";

/// Browsers of headsets, which name the headset in the place of a desktop's system.
const HEADSETS: &str = "
    oculusbrowser picobrowser
";

/// Firefox.
const FIREFOX: &str = "
    firefox
";

/// Safari's and old Opera's own version.
const VERSION: &str = "
    version
";

/// Safari.
const SAFARI: &str = "
    safari
";

/// Apps that show pages and desktop programs built on Electron: what they add to the User-Agent of
/// the system's web view.
const APPS: &str = "
    adobe_air aliapp alipayclient applemail atom baiduboxapp barcelona battle.net bingsapphire
    bingweb bluemail boxnotes camscanner citrix cwawebview dingtalk edgewebview electron emclient
    epicgameslauncher fb4a fbav fbios fbw feishulocale figma flipboard flutter foxmail franz
    gameoverlay githubdesktop gnews googleapp googlewv gsa hmscore instagram jssdk kajabimobileapp
    kakaostory kakaotalk kmail kontact larklocale linkedinapp logioptionsplus lotus-notes macwechat
    mailbird mailmaster mailmasterpc mailplugin_electron mailspring messenger messengerforios
    messengerliteforios metaiab metamask micromessenger microsoftteams-preview miniprogramenv
    mobileappclient msapphost musical_ly naver nebula obsidian openfin orca-android osmeta phantom
    qqtheme qtwebengine ramboxpro sapphire singlebox slack_ssb snapchat sogousearch sohunews tbs
    threads tieba topbuzz tradingview trill twitterandroid unrealengine wails.io webviewapp wechat
    weibo weixin wemail whatsapp-linux-app windowswechat wkwebview wxwork xing yaapp_android
    yaapp_ios yakyak yandexsearch yandexsearchwebview yasearchapp yjapp-android yjapp-ios zalo
    zohomail-desktop
";

/// Facebook's apps in brackets, where they describe the phone.
const FACEBOOK: &str = "
    fb_iab fban
";

/// Apps' own builds of the system's web view.
const WEB_VIEWS: &str = "
    bytedancewebview ttwebview
";

/// Browsers whose User-Agent begins with their own name.
const LEADING_BROWSERS: &str = "
    alcatel asus audiovox benq coolpad cyberdog ericsson garmin gionee haier hitachi hotjava htc
    huawei hyundai i-mobile karbonn konka kyocera lava lenovo lg lge micromax motorola mqqbrowser
    nec netpositive okapi oppo samsung sanyo sch sec sendo sgh sie siemens sph spice sprint
    t-mobile xda zte
";

/// Opera.
const OPERA: &str = "
    opera
";

/// Browsers' own products, from the browsers' documentation and the lists of browser detectors.
const BROWSERS: &str = "
    115browser 2345chrome 2345explorer 360browser 360ee 360se abrowse acoo adg alohabrowser amigo
    angelfish aol aolshield arc arcticfox arora artisreader asw atlas aurora avant avantbrowser
    avantbrowser.com avast avastsecurebrowser avg avira avirascout awesomium baidubrowser basilisk
    bdbrowser bdbrowser_i18n bdbrowserhd_i18n bdspark beaker beamrise beonex bidubrowser biyubi
    blackhawk bonecho borealis brave briskbard browsex browzar bsalsa.com byffox camino catalyst
    catsxp ccleaner cefsharp centaury chanjetcloud charon chatgpt chatgptatlas chedot cheshire
    chimera chimlac chromeframe chromeplus citrio classilla clickup cliqz coast coc_coc_browser
    coccoc colibri columbus comet cometbird comodo_dragon comodo_icedragon conkeror coolnovo
    copilot cravingexplorer crazy crios crusta cunaguaro cursor cyberfox dawn ddg decentr deepnet
    degdegan deledaofamily deledaopersonal deskbrowse dezor dia dolphin dooble dorado doubao dragon
    duckduckgo ecosia edg edga edge edgios edgw ekioh elements embytheater eolie epic epiphany
    escape falkon feishu fellou fennec ferdi firebird firedragon flast flock floorp flow focus
    freeu fxios galeon genspark ghostery glide goggalaxyclient googleearth granparadiso
    greenbrowser hbpc helio herring heytapbrowser historyhound hola huaweibrowser icab iceape
    icecat icedragon icelion iceweasel impervious inspectbrowser instantbird interlink iridium iron
    itop javafx juzibrowser k-meleon kapiko kazehakase kinza klar kometa konqueror kuaiso kylo
    ladybird landisgyraimbrowser lark lebrowser librewolf liebaofast light lightning lilo liri
    lolifox lorentz lovense luakit lulumi lunascape mandarin maxthon maxthonnitro mercury metasr
    midori minefield minimo mms mnenhy monument mosaic mra mrchrome mullvadbrowser mxbrowser
    mxnitro myie2 mypal namoroka navigator netscape nfsbrowser nichrome ninetails nokiabrowser
    norton nuanti nuantimeta numukibrowser nuviu nyxt oceanhero odin odyssey off omniweb oneoutlook
    opgx opios opr oprgx opt opx orbitum orca ordissimo origin orion otter palemoon perk phoenix
    playfreebrowser polarity polypane presearch prism privacywall puffin pulse qazweb qbcore qblink
    qihoobrowser qihu qiyu qqbrowser qtweb quark quarkpc quetta qupzilla qutebrowser rambox reeder
    rekonq robloxstudio roccat rockmelt safebrowser safer safezone salamweb samsungbrowser
    sberbrowser seamonkey seb serpent shift shiira shiretoko sidekick sigmaos silk sitekiosk sizzy
    skye slbchan slbrowser slbvpv sleipnir slimboat slimbrowser slimjet snowshoe sogoumobilebrowser
    songbird spark sparksafe sparrow spectre-browser sputnikbrowser stadium start startpage station
    streamy sunrise superbird supermium superswan surf swiftfox swiftweasel swing sznprohlizec
    taobrowser teak tenfourfox theworld thorium thunderbrowse togate tor torbrowser torch torrent
    tt tweakstyle ucbrowser ucturbo ulaa uran veera viasat vision-browser viv vivaldi vivobrowser
    vonkeror vr waterfox wavebox webdiscover webianshell webissimo3 webpositive wechatdevtools
    weltweitimnetzbrowser wexond whale whalebrowser wolvic www.avantbrowser.com www.bsalsa.com
    www.qtweb.net wyzo xvast yaani yabrowser yabrowsercorp yandexbrowser ybrowser youcare yowser
    zalopc zen zvu
";

/// The rest of the vocabulary of desktop browsers: processors, distributions, devices, what Windows
/// programs added.
const WORDS: &str = "
    .net .net4.0c .net4.0e aarch64 alexa alpha amd64 aolbuild apple arch arm armv6l armv7 armv7i
    armv7l armv8 armv8l artful astra bepc beta bionic bookworm bork-edition bri browser bullseye
    buster ca cd center centos chromeos client clr cnt code compat core corp corp-ext cortana
    cosmic cpu crosarc dapper deb- debian deepin desktop dfsg digital-tv drm dsp elementary
    embeddedwb en en-us endeavouros enterprise eoan etch fc fedora feisty fiber firephp focal for
    fr freedom funwebproducts gamepad garuda gentoo gles gls gnome gnu gost groovy gtb gutsy gwx
    hardy hat hdr headline hirsute horizon hotbar i386 i486 i586 i686 i86pc ia32 ia64 ii impish
    infopath intel internet intrepid ios jammy jaunty jessie k karmic kde kinetic konq kubuntu
    kylin la lan le lenny libwww-fm like likegecko linux-gnu linuxmint lite loongarch64 lte lubuntu
    lucid lunar mac mach-o macosx mageia mandriva manjaro mantic mate maverick mcafee media medion
    mint mips misc mixed ms-rtc msn n natty neokylin next nexus nightly noble nt
    officeliveconnector officelivepatch oneiric openeuler opensuse os owb parrot pc pclinuxos
    pentium plus pop ppc precise pro pt qualified quantal quest r1 raring raspberry red release
    reserved riscv64 rocky ru rv s390x safari%20technology%20preview saucy screen search serviceui
    simbar sky slackware slcc1 slcc2 slcc3 sm sparc squeeze ssl-mm steamdeck steamos stretch sun4u
    suse sv sv-se sv1 tencenttraveler thinkpad tiger tos touch trusty tuxedo u ubuntu unlike
    untrusted uos utopic vector vista vivid wayland web web-browser webview wegame wegame.exe
    wheezy wily win32 win64 wired wireless wow64 wpdesktop x x64 x86 x86_64 xenial xfce xubuntu
    yakkety yie8 yie9 zesty zorin zune
";

/// What phones before the smartphone say of their Java and WAP browsers (OMA "User Agent Profile",
/// JSR 118); "MRE" is MediaTek's.
const WAP: &str = "
    cldc configuration midp mmp mre profile up.browser up.link
";

/// Opera names its campaign behind this word.
const EDITION: &str = "
    edition
";

/// Browsers that are their own engine and say little else, most of them for text or old.
const TEXT_BROWSERS: &str = "
    amaya amiga-aweb amigavoyager dillo elinks emacs-w3m ibrowse links lynx ncsa_mosaic netsurf
    offbyone uzbl vms_mosaic w3m
";

/// An app's window on Android and on systems like it, which ends the first comment (Chrome docs
/// "User-Agent Strings").
const WINDOW: &str = "
    wv
";

/// Android's build, which ends what names the device (Chrome docs "User-Agent Strings").
const BUILD: &str = "
    build
";

/// Carriers by which their phones begin (NTT DoCoMo, KDDI, SoftBank: the carriers' developer
/// pages).
const CARRIERS: &str = "
    docomo j-phone jphone kddi portalmmm softbank vodafone
";
