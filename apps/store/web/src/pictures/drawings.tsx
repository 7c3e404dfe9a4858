/** What the products look like, drawn: 200 by 150, standing on a ground at 122. Colours are the things' own, in any light. */
import type { ReactElement } from 'react'

const Mug = (): ReactElement => (
  <>
    <path d="M126 66c26-6 34 38 2 38" fill="none" stroke="#7d8f95" strokeWidth="9" />
    <path d="M70 56h60v54a12 12 0 0 1-12 12H82a12 12 0 0 1-12-12z" fill="#93a6ab" />
    <path d="M70 56h60v22c-10 6-14-3-22 2s-12 4-18 0-12 2-20-2z" fill="#5f757b" />
    <ellipse cx="100" cy="56" rx="30" ry="7" fill="#4b5f65" />
    <ellipse cx="100" cy="57" rx="24" ry="4.500" fill="#6b4a33" />
    <path d="M90 40c-6-7 6-10 0-18M108 42c-6-7 6-10 0-18" fill="none" stroke="#8fa0a4" strokeWidth="3" strokeLinecap="round" opacity=".7" />
  </>
)

const Kettle = (): ReactElement => (
  <>
    <path d="M62 52c4-34 72-34 76 0" fill="none" stroke="#23313a" strokeWidth="6" strokeLinecap="round" />
    <path d="M134 84l30-24 8 6-30 40z" fill="#2f6f8f" />
    <path d="M52 106c0-36 18-50 48-50s48 14 48 50c0 10-8 16-16 16H68c-8 0-16-6-16-16z" fill="#3d86aa" />
    <path d="M62 106c0-26 8-38 22-43-8 12-12 24-12 43z" fill="#ffffff" opacity=".28" />
    <path d="M78 58c6-8 38-8 44 0z" fill="#2f6f8f" />
    <circle cx="100" cy="47" r="5" fill="#23313a" />
    <path d="M53 112h94c-2 7-8 10-15 10H68c-7 0-13-3-15-10z" fill="#23313a" opacity=".55" />
  </>
)

const Board = (): ReactElement => (
  <>
    <path d="M48 40h88a8 8 0 0 1 8 8v66a8 8 0 0 1-8 8H48a8 8 0 0 1-8-8V48a8 8 0 0 1 8-8z" fill="#c89a62" />
    <path d="M144 70h14a10 10 0 0 1 0 22h-14z" fill="#b98a53" />
    <circle cx="155" cy="81" r="4" fill="#7d5a33" />
    <path
      d="M40 60h104M40 82h104M40 104h104M62 40v20M100 40v20M80 60v22M120 60v22M60 82v22M100 82v22M80 104v18M124 104v18"
      stroke="#a87a45"
      strokeWidth="2"
    />
    <path d="M58 112l58-52 8 3c2 6-2 11-6 14l-50 40z" fill="#c7cdd1" />
    <path d="M46 122l14-13 9 9-8 8c-6 5-12 3-15-4z" fill="#37291f" />
  </>
)

const Pan = (): ReactElement => (
  <>
    <path d="M132 94l48-20c6-2 10 6 4 9l-48 24z" fill="#20262a" />
    <path d="M22 84h116l-8 28a14 14 0 0 1-14 10H44a14 14 0 0 1-14-10z" fill="#2d353a" />
    <ellipse cx="80" cy="84" rx="58" ry="13" fill="#3c464c" />
    <ellipse cx="80" cy="85" rx="48" ry="9" fill="#252c30" />
    <path d="M66 84c4-8 30-8 34 0 2 5-6 8-17 8s-19-3-17-8z" fill="#fbf3df" />
    <circle cx="84" cy="84" r="6" fill="#f0b13c" />
  </>
)

const Bowl = (): ReactElement => (
  <>
    <path d="M40 70h120c-2 34-24 50-48 50H88c-24 0-46-16-48-50z" fill="#7a4a2b" />
    <path d="M46 86c14 8 94 8 108 0M56 102c18 7 70 7 88 0M78 116c12 3 32 3 44 0" fill="none" stroke="#5c361e" strokeWidth="2.500" />
    <ellipse cx="100" cy="70" rx="60" ry="14" fill="#93603b" />
    <ellipse cx="100" cy="72" rx="50" ry="10" fill="#643c22" />
    <circle cx="86" cy="64" r="12" fill="#b5472f" />
    <circle cx="110" cy="62" r="13" fill="#8c9e3c" />
    <path d="M110 50c0-5 3-8 7-9" fill="none" stroke="#4c3a1e" strokeWidth="2.500" strokeLinecap="round" />
  </>
)

const Blanket = (): ReactElement => (
  <>
    <path d="M36 98a10 10 0 0 1 10-10h108a10 10 0 0 1 10 10v14a10 10 0 0 1-10 10H46a10 10 0 0 1-10-10z" fill="#cfc6b4" />
    <path d="M40 74a10 10 0 0 1 10-10h100a10 10 0 0 1 10 10v16H40z" fill="#ddd5c5" />
    <path d="M46 52a10 10 0 0 1 10-10h88a10 10 0 0 1 10 10v16H46z" fill="#e8e1d4" />
    <path d="M120 42h14v80h-14zM140 42h6v80h-6z" fill="#4a7f97" opacity=".85" />
    <path d="M46 66h108M40 89h120" stroke="#b3a993" strokeWidth="2" />
    <path d="M60 122v8M72 122v8M84 122v8M96 122v8M108 122v8" stroke="#cfc6b4" strokeWidth="3" strokeLinecap="round" />
  </>
)

const Stool = (): ReactElement => (
  <>
    <path d="M70 70L56 122M130 70l14 52M100 74v48" stroke="#a97840" strokeWidth="8" strokeLinecap="round" />
    <path d="M62 102h76" stroke="#946632" strokeWidth="5" />
    <ellipse cx="100" cy="68" rx="50" ry="12" fill="#a97840" />
    <ellipse cx="100" cy="62" rx="50" ry="12" fill="#c79355" />
    <path d="M64 62c10-6 62-6 72 0M76 67c10 3 38 3 48 0" fill="none" stroke="#a97840" strokeWidth="2" />
  </>
)

const Basket = (): ReactElement => (
  <>
    <path d="M56 72c0-52 88-52 88 0" fill="none" stroke="#8f7136" strokeWidth="7" />
    <path d="M44 70h112l-12 44a10 10 0 0 1-10 8H66a10 10 0 0 1-10-8z" fill="#bd9a52" />
    <path d="M47 82h106M50 94h100M53 106h94" stroke="#8f7136" strokeWidth="3" />
    <path d="M60 72l8 50M76 72l5 50M92 72l2 50M108 72l-2 50M124 72l-5 50M140 72l-8 50" stroke="#d9bb78" strokeWidth="3" />
    <path d="M42 64h116v9H42z" fill="#a58342" />
  </>
)

const Candles = (): ReactElement => (
  <>
    <path d="M74 50h16v66H74z" fill="#e9bf5a" />
    <path d="M110 36h16v80h-16z" fill="#e2b449" />
    <path d="M74 50h6v66h-6zM110 36h6v80h-6z" fill="#f4d78c" />
    <path d="M82 50v-8M118 36v-8" stroke="#4b3a1e" strokeWidth="2" />
    <path d="M82 20c8 10 8 22 0 22s-8-12 0-22zM118 6c8 10 8 22 0 22s-8-12 0-22z" fill="#f2853a" />
    <path d="M82 29c4 5 4 12 0 12s-4-7 0-12zM118 15c4 5 4 12 0 12s-4-7 0-12z" fill="#fde4a0" />
    <path d="M62 116h78l-6 8H68z" fill="#7d8890" />
  </>
)

const Lamp = (): ReactElement => (
  <>
    <path d="M118 58l44 62H74z" fill="#ffe7a8" opacity=".45" />
    <path d="M64 118L54 66l48-30" fill="none" stroke="#b8862f" strokeWidth="6" strokeLinejoin="round" strokeLinecap="round" />
    <circle cx="54" cy="66" r="6" fill="#8d6420" />
    <path d="M94 24l46 22-16 26c-14 2-34-8-42-22z" fill="#d3a144" />
    <path d="M124 72c-14 2-34-8-42-22l4-8c10 12 28 22 42 23z" fill="#fff2cf" />
    <path d="M44 116h42a4 4 0 0 1 4 6H40a4 4 0 0 1 4-6z" fill="#8d6420" />
  </>
)

const Notebook = (): ReactElement => (
  <>
    <path d="M58 34h86a6 6 0 0 1 6 6v82H64z" fill="#f3eee0" />
    <path d="M52 30h84a6 6 0 0 1 6 6v80a6 6 0 0 1-6 6H52z" fill="#36506b" />
    <path d="M52 30h14v92H52z" fill="#263a50" />
    <path d="M126 30h7v92h-7z" fill="#d9a441" />
    <path d="M56 42h6M56 58h6M56 74h6M56 90h6M56 106h6" stroke="#e8e2d2" strokeWidth="2.500" />
    <path d="M80 52h34v18H80z" fill="#f3eee0" />
    <path d="M86 58h22M86 64h14" stroke="#8a94a0" strokeWidth="2" />
  </>
)

const Pen = (): ReactElement => (
  <>
    <path d="M28 126c28-14 40 6 62-6" fill="none" stroke="#234d8a" strokeWidth="4" strokeLinecap="round" />
    <path d="M66 122l12-26 12 10z" fill="#c9ced3" />
    <path d="M66 122l16-18" stroke="#59636b" strokeWidth="2" />
    <path d="M76 98l52-58 18 15-54 56z" fill="#1f3c4f" />
    <path d="M128 40l20-22a8 8 0 0 1 12 0l6 5a8 8 0 0 1 0 11l-20 21z" fill="#2d5670" />
    <path d="M126 42l18 15-5 5-18-15z" fill="#d9a441" />
    <path d="M156 22l14 12" stroke="#d9a441" strokeWidth="3" strokeLinecap="round" />
  </>
)

const Parcel = (): ReactElement => (
  <>
    <path d="M48 58l52-20 52 20v46l-52 20-52-20z" fill="#c39a66" />
    <path d="M48 58l52 20 52-20-52-20z" fill="#d8b484" />
    <path d="M100 78v46" stroke="#9a7444" strokeWidth="3" />
    <path d="M74 48l52 20v18" fill="none" stroke="#f0e2c6" strokeWidth="8" />
  </>
)

export const DRAWINGS: Readonly<Record<string, () => ReactElement>> = {
  mug: Mug,
  kettle: Kettle,
  board: Board,
  pan: Pan,
  bowl: Bowl,
  blanket: Blanket,
  stool: Stool,
  basket: Basket,
  candles: Candles,
  lamp: Lamp,
  notebook: Notebook,
  pen: Pen,
  parcel: Parcel,
}
