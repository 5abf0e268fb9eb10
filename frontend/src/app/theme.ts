/** The design's tokens as a Mantine theme. Semantic colours come from tokens.css. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const scales = {
  dai: ['#EDF6F6', '#D7EAEB', '#B0D5D7', '#86BFC3', '#62ABB0', '#36868D', '#1E6F77', '#0F5B63', '#0B4A52', '#07363C'],
  zhu: ['#FCEFEB', '#F8DBD2', '#EFB5A4', '#E48D75', '#D96B4E', '#CC5033', '#BC4127', '#A3351E', '#862B18', '#661F11'],
  gray: ['#FBFAF7', '#F6F4EF', '#EDEAE2', '#DFDBD0', '#C9C5B8', '#A5A297', '#7C7E78', '#5A6467', '#3A4548', '#1B2427'],
  dark: ['#E9ECEA', '#C6CECE', '#A7B2B3', '#7C898C', '#3F4C50', '#2D383B', '#222B2E', '#141A1C', '#0F1416', '#0A0E0F'],
  indigo: [
    '#EEF0F9',
    '#DDE1F3',
    '#BDC5E7',
    '#9AA6DA',
    '#7B89CC',
    '#5F6FBC',
    '#4A5AA8',
    '#3B4A92',
    '#2F3B76',
    '#232C59',
  ],
  moss: ['#EDF5EB', '#DAEBD7', '#B5D6B0', '#8EC088', '#69A864', '#4B8E48', '#387638', '#2B612D', '#204C24', '#163819'],
  ochre: ['#FDF5E3', '#FAE8C3', '#F2D08A', '#E7B554', '#D79A2C', '#B97D13', '#98640A', '#7C5005', '#613E04', '#452C03'],
  crimson: [
    '#FCEDEB',
    '#F9D9D5',
    '#F1B2AB',
    '#E8887E',
    '#DC6257',
    '#CB4238',
    '#B52E27',
    '#99211D',
    '#7D1A17',
    '#5D1311',
  ],
  plum: ['#F5EFF8', '#EADDF0', '#D5BBE0', '#BE97CE', '#A877BB', '#8F5BA4', '#78478D', '#633874', '#4F2C5D', '#3A2045'],
} as const satisfies Record<string, MantineColorsTuple>;

export const theme = createTheme({
  primaryColor: 'dai',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true, // dark scheme: dai[4] has luminance 0.349, so text on it turns to `black`
  luminanceThreshold: 0.3,
  black: '#1B2427',
  colors: {
    ...scales,
    // Names that Mantine's own defaults use.
    red: scales.crimson,
    green: scales.moss,
    yellow: scales.ochre,
  },
  fontFamily: 'var(--jb-font)',
  fontFamilyMonospace: 'var(--jb-font-mono)',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.5', md: '1.6', lg: '1.8', xl: '1.4' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '3px', sm: '6px', md: '10px', lg: '10px', xl: '999px' },
  defaultRadius: 'sm',
  breakpoints: { xs: '23.4375em', sm: '48em', md: '68.75em', lg: '80em', xl: '100em' },
  headings: {
    fontFamily: 'inherit',
    fontWeight: '700',
    textWrap: 'balance',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.3' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
      h4: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm', variant: 'default' } },
    ActionIcon: { defaultProps: { variant: 'subtle', size: 'lg' } },
    TextInput: { defaultProps: { size: 'sm', inputWrapperOrder: ['label', 'description', 'input', 'error'] } },
    Textarea: { defaultProps: { size: 'sm', autosize: true, minRows: 3 } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false, checkIconPosition: 'right' } },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm', withRowBorders: true } },
    Paper: { defaultProps: { withBorder: true, radius: 'md', shadow: 'none' } },
    Badge: { defaultProps: { radius: 'xs', variant: 'light', tt: 'none', fw: 500 } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false } },
    Skeleton: { defaultProps: { animate: true, radius: 'xs' } },
    Progress: { defaultProps: { radius: 'xs', size: 'sm' } },
    // A menu holds nothing but its items: the placeholder would be a child that no menu may have.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Anchor: { defaultProps: { underline: 'always' } },
  },
});

const both = {
  '--mantine-color-body': 'var(--jb-canvas)',
  '--mantine-color-text': 'var(--jb-text)',
  '--mantine-color-dimmed': 'var(--jb-text-2)',
  '--mantine-color-placeholder': 'var(--jb-text-3)',
  '--mantine-color-anchor': 'var(--jb-link)',
  '--mantine-color-error': 'var(--jb-danger-fg)',
  '--mantine-color-default': 'var(--jb-surface)',
  '--mantine-color-default-hover': 'var(--jb-hover)',
  '--mantine-color-default-color': 'var(--jb-text)',
  '--mantine-color-default-border': 'var(--jb-line-strong)',
  '--mantine-color-disabled': 'var(--jb-sunken)',
  '--mantine-color-disabled-color': 'var(--jb-text-3)',
};
export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: both, dark: both });
